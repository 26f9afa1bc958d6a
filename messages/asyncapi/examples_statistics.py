"""Examples of the contracts of statistics: our own reminders."""

from messages.asyncapi.example import Example
from messages.statistics.reminders import AuditRequested, StatisticsCountRequested

STATISTICS = (
    Example(StatisticsCountRequested, "count-statistics-0905", "It is time", "2026-09-08T09:05:00Z", {}, subject=None),
    Example(AuditRequested, "audit-20260908", "It is time", "2026-09-08T00:00:00Z", {}, subject=None),
)
