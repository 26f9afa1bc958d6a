"""Forgiving: how much of a small shortfall is forgiven, and how much was forgiven to an account on each UTC day."""

from collections.abc import Mapping
from datetime import UTC, datetime

from domain.minutes.rules import Rules


def day_of(judged_at: datetime) -> str:
    """Return the UTC day, such as `2026-11-27`, to which a usage that is judged at a moment counts."""
    return judged_at.astimezone(UTC).date().isoformat()


def forgivable_seconds(forgiven: Mapping[str, int], *, judged_at: datetime, rules: Rules) -> int:
    """
    Return the seconds >= 0 that may still be forgiven on the day of a usage.

    Args:
        forgiven: UTC day -> seconds that were forgiven on it.
        judged_at: aware UTC moment at which the usage is judged.
        rules: of the installation.

    Source: domain/minutes/README.md, "Debt".
    """
    return max(0, rules.forgive_daily_seconds - forgiven.get(day_of(judged_at), 0))


def with_forgiven(
    forgiven: Mapping[str, int], seconds: int, *, judged_at: datetime, now: datetime, rules: Rules
) -> dict[str, int]:
    """
    Return what was forgiven on each day after some more; days to which no usage can be judged any more are left out.

    Args:
        forgiven: UTC day -> seconds that were forgiven on it.
        seconds: forgiven by a usage; below zero when that usage is reversed.
        judged_at: aware UTC moment at which the usage is judged.
        now: aware UTC moment of booking.
        rules: of the installation.
    """
    day, first_day = day_of(judged_at), day_of(now - rules.late_window)
    changed = {**forgiven, day: forgiven.get(day, 0) + seconds}
    return {day: total for day, total in changed.items() if day >= first_day and total > 0}
