"""Sessions of buyers: when a signed-in browser has to sign in again."""

from datetime import datetime, timedelta

IDLE = timedelta(days=14)
"""A session ends when it was not seen for so long."""

LONGEST = timedelta(days=90)
"""A session ends however often it is seen."""

SEEN_EVERY = timedelta(hours=1)
"""That a session was seen is written at most so often."""

ENTRY_LIFETIME = timedelta(seconds=60)
"""How long an entry link may be used."""


VIEW_LIFETIME = timedelta(minutes=30)
"""For so long an operator may look as an account does."""


def is_live(created_at: datetime, seen_at: datetime, *, at: datetime) -> bool:
    """Tell whether a session that nobody has ended is still one; README.md, "Session"."""
    return at - seen_at < IDLE and at - created_at < LONGEST


def is_seen_again(seen_at: datetime, *, at: datetime) -> bool:
    """Tell whether it is to be written that a session was seen."""
    return at - seen_at >= SEEN_EVERY


def is_view_live(created_at: datetime, *, at: datetime) -> bool:
    """Tell whether an operator may still look as an account does; README.md, "View as"."""
    return at - created_at < VIEW_LIFETIME
