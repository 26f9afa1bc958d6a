"""Low balance: when an account is to hear that its minutes run out, once for each way down."""

from collections.abc import Sequence

from domain.minutes.balance_level import BalanceLevel
from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind

_DEPTH = {BalanceLevel.ENOUGH: 0, BalanceLevel.LOW: 1, BalanceLevel.OUT: 2}


def level_after(book: Book, *, available_seconds: int) -> tuple[BalanceLevel, bool]:
    """
    Return the level of a balance after the changes in an open book, and whether the account is to hear of it.

    It hears of a lower level only, and only when usage or the end of a package led there: a refund and a dispute have
    notices of their own. A grant alone arms it again, so a balance that is corrected up and down says nothing twice.

    Args:
        book: of the account, with its changes.
        available_seconds: what can be spent after them, >= 0.

    Source: domain/minutes/README.md, "Low balance".
    """
    reached = _level_of(available_seconds, threshold_seconds=book.low_balance_seconds)
    since = _since_last_grant(book.entries)
    is_granted = len(since) < len(book.entries)
    # Whoever has just been given a small package knows how small it is.
    present = _level_at_grant(book, since, available_seconds) if is_granted else book.balance_level
    if _DEPTH[reached] <= _DEPTH[present]:
        # A package that was granted for later arms when it starts.
        is_armed_again = is_granted or book.changed_by_time
        return (reached if is_armed_again else present), False
    is_used_up = book.changed_by_time or any(entry.kind is EntryKind.BURN for entry in since)
    return (reached, True) if is_used_up else (present, False)


def _since_last_grant(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the entries after the last grant; all of them, if there is none."""
    last = max((place for place, entry in enumerate(entries) if entry.kind is EntryKind.GRANT), default=-1)
    return entries[last + 1 :]


def _level_at_grant(book: Book, since: Sequence[Entry], available_seconds: int) -> BalanceLevel:
    """Return the level when the last grant had paid its debts, before what came since."""
    taken_seconds = sum(
        -entry.seconds for entry in since if entry.package_id is not None and entry.kind is not EntryKind.SETTLE
    )
    return _level_of(available_seconds + taken_seconds, threshold_seconds=book.low_balance_seconds)


def _level_of(available_seconds: int, *, threshold_seconds: int) -> BalanceLevel:
    if available_seconds <= 0:
        return BalanceLevel.OUT
    return BalanceLevel.LOW if available_seconds < threshold_seconds else BalanceLevel.ENOUGH
