"""Quarters of an hour: every time zone on earth is a multiple of them, so any day of any zone is an exact sum."""

from datetime import UTC, datetime, timedelta

QUARTER = timedelta(minutes=15)

PATIENCE = timedelta(minutes=10)
"""So long after its end a quarter is left open: transactions of its time have mostly ended by then."""

CLOCK_ERROR = timedelta(minutes=5)
"""How far a worker's clock may be behind the database's; a transaction may book as of so long before it began."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def quarter_of(at: datetime) -> datetime:
    """Return the start of the quarter of an hour in which a moment lies; both aware UTC."""
    return _EPOCH + (at - _EPOCH) // QUARTER * QUARTER


def countable_until(
    now: datetime,
    *,
    oldest_open: timedelta | None,
    patience: timedelta = PATIENCE,
    clock_error: timedelta = CLOCK_ERROR,
) -> datetime:
    """
    Return the end of the last quarter of an hour into which nothing can be booked any more.

    Args:
        now: aware UTC.
        oldest_open: for how long the oldest transaction that may write has been open; None: there is none.
        patience: as PATIENCE.
        clock_error: as CLOCK_ERROR.
    """
    waiting = patience if oldest_open is None else max(patience, oldest_open + clock_error)
    return quarter_of(now - waiting)
