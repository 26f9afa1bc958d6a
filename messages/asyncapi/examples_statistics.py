"""Examples of the contracts of statistics: what Screph's log says of a day, and our own reminders."""

from messages.asyncapi.example import Example
from messages.statistics.reminders import AuditRequested, DaysComparisonRequested, StatisticsCountRequested
from messages.statistics.requests import UsageDayReported

STATISTICS = (
    Example(
        UsageDayReported,
        "usage-day-2026-09-07-4711-1",
        "What the log says of yesterday, session by session",
        "2026-09-08T01:00:00Z",
        {
            "day": "2026-09-07",
            "time_zone": "UTC",
            "seconds": 150,
            "sessions": 2,
            "revision": 1,
            "session_list": [
                {"session_id": "session-7", "seconds": 90},
                {"session_id": "session-8", "seconds": 60},
            ],
        },
    ),
    Example(DaysComparisonRequested, "compare-days-0900", "It is time", "2026-09-08T09:00:00Z", {}, subject=None),
    Example(StatisticsCountRequested, "count-statistics-0905", "It is time", "2026-09-08T09:05:00Z", {}, subject=None),
    Example(AuditRequested, "audit-20260908", "It is time", "2026-09-08T00:00:00Z", {}, subject=None),
)
