"""Low balance: when an account is to hear that its minutes run out, once for each way down."""

from domain.minutes.balance_level import BalanceLevel
from domain.minutes.book import Book
from domain.minutes.entry import EntryKind

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
    present = book.balance_level
    reached = _level_of(available_seconds, threshold_seconds=book.low_balance_seconds)
    if reached is present:
        return present, False
    kinds = {entry.kind for entry in book.entries}
    has_started = book.changed_by_time and _DEPTH[reached] < _DEPTH[present]
    if EntryKind.GRANT in kinds or has_started:
        # Whoever has just been given a small package knows how small it is; one that was granted for later arms when
        # it starts.
        return reached, False
    if _DEPTH[reached] > _DEPTH[present] and (book.changed_by_time or EntryKind.BURN in kinds):
        return reached, True
    return present, False


def _level_of(available_seconds: int, *, threshold_seconds: int) -> BalanceLevel:
    if available_seconds <= 0:
        return BalanceLevel.OUT
    return BalanceLevel.LOW if available_seconds < threshold_seconds else BalanceLevel.ENOUGH
