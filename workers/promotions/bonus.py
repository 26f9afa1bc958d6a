"""Bonuses: minutes are given in an open book, and what is left of them is taken back."""

from domain.ids import fact_id_of_bonus
from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind, PackageState
from domain.notices.notice import NoticeKind
from domain.notices.promotion_content import BonusGranted as BonusNotice
from domain.promotions.bonus import Bonus, BonusReason
from messages.promotions.facts import BonusGranted
from workers.facts import Facts
from workers.minutes.grant import write_grant


def give_bonus(book: Book, bonus: Bonus, facts: Facts, *, message_id: int) -> None:
    """
    Grant minutes that nobody pays for; the caller emits the balance and saves book and facts.

    Args:
        book: of the account, open.
        bonus: what is given.
        facts: of the transaction; the minutes can be used from their moment on.
        message_id: the message that caused it.
    """
    is_support = bonus.reason is BonusReason.COMPENSATION
    package = new_package(
        bonus.package_id,
        book.account_id,
        kind=PackageKind.SUPPORT if is_support else PackageKind.BONUS,
        activated_at=facts.at,
        expires_at=bonus.expires_at,
    )
    write_grant(facts, book, package, bonus.seconds, message_id)
    data = {
        "package_id": bonus.package_id,
        "granted_seconds": bonus.seconds,
        "expires_at": bonus.expires_at,
        "reason": bonus.reason,
        "origin_id": bonus.origin_id,
    }
    facts.emit(BonusGranted, book.account_id, data, fact_id=fact_id_of_bonus(bonus.package_id))
    notice = BonusNotice(bonus.package_id, bonus.reason, bonus.seconds, bonus.expires_at)
    facts.owe(NoticeKind.BONUS_GRANTED, book.account_id, bonus.package_id, notice)


def void_bonus(book: Book, package_id: str, facts: Facts, *, message_id: int) -> int:
    """
    Take back what is left of a bonus, and return how many seconds that is.

    What has ended by itself expires as always, and what was used stays used.

    Args:
        book: of the account, open, with the package in it.
        package_id: of the bonus.
        facts: their moment is that of the entry.
        message_id: the message that caused it.
    """
    package = book.packages[package_id]
    if package.state is PackageState.VOIDED or package.has_ended(facts.at):
        return 0
    left_seconds = package.left_seconds
    if left_seconds:
        book.write(Entry(EntryKind.VOID, -left_seconds, facts.at, message_id, package_id))
    book.set_state(package_id, PackageState.VOIDED)
    return left_seconds
