"""The guard: a code that is suddenly used far more often than ever is switched off until a person has looked."""

from collections.abc import Sequence
from datetime import timedelta

ALARMING_USES = 60
"""Fewer uses within an hour never alarm: one a minute is a small loss, and a small code's pace jumps easily."""

TIMES_BUSIEST = 4
"""So many times the busiest hour of its past is a leak, not a mailing."""

LONGEST_PAST = timedelta(days=7)

SHORTEST_PAST_HOURS = 24
"""A code that was first used less than a day ago has no past to be compared with; its limits and budget bound it."""


def is_surge(uses_last_hour: int, past_hours: Sequence[int]) -> bool:
    """
    Tell whether a promotion is used so much faster than ever that it must have leaked.

    Args:
        uses_last_hour: uses that began within the last hour, those that were given back as well.
        past_hours: the uses of each full hour before, since the first one, for `LONGEST_PAST` at the most.

    Source: README.md, "Guard".
    """
    if uses_last_hour < ALARMING_USES or len(past_hours) < SHORTEST_PAST_HOURS:
        return False
    return uses_last_hour > TIMES_BUSIEST * max(past_hours)
