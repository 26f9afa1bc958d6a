"""Programmes: what a purchase has earned is given, and taken back with its reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.ids import package_id_of_award
from domain.minutes.book import Book
from domain.promotions.bonus import Bonus, BonusReason
from domain.promotions.programme import (
    Programme,
    Purchases,
    Trigger,
    is_earned,
    is_still_earned,
    may_give,
)
from store.engine import Session
from store.minutes.book import add_packages
from store.promotions.programme import (
    Award,
    add_award,
    find_awards,
    find_awards_for_orders,
    find_running_programmes,
    has_award,
    lock_programme,
    reverse_award,
)
from store.promotions.purchase import PurchaseState, find_purchase, may_be_given, purchases_before
from workers.facts import Facts
from workers.promotions.bonus import give_bonus, void_bonus
from workers.promotions.cause import claim_bonus

BY_PURCHASE = (Trigger.FIRST_PURCHASE, Trigger.NTH_PURCHASE, Trigger.RETURN)


def reward_purchase(
    session: Session, book: Book, purchase: PurchaseState, persons: Sequence[int], facts: Facts
) -> None:
    """
    Give what a purchase that stands earns by the programmes that run.

    Args:
        session: of the transaction.
        book: of the buyer, open.
        purchase: paid, and not given back.
        persons: the numbers of all accounts of the same person.
        facts: of the transaction.
    """
    programmes = find_running_programmes(session, *BY_PURCHASE)
    if not programmes or not may_be_given(session, book.account_number):
        return
    history = _history(session, purchase, persons)
    for programme in programmes:
        if is_earned(programme, history):
            earned = {"cause": purchase.order_id, "order_id": purchase.order_id, "earned_at": purchase.paid_at}
            give_award(session, book, programme, earned, persons, facts)


def give_award(
    session: Session, book: Book, programme: Programme, earned: dict[str, Any], persons: Sequence[int], facts: Facts
) -> bool:
    """
    Give the bonus of a programme once for its cause, within its limits; tell whether it was given.

    Args:
        session: of the transaction.
        book: of the account, open.
        programme: as it was read; it is locked here, and decided about as it is then.
        earned: `cause`, `order_id` and `earned_at`, the moment to which its time and its limits are compared.
        persons: the numbers of all accounts of the same person.
        facts: of the transaction.
    """
    earned_at = earned["earned_at"]
    assert isinstance(earned_at, datetime)
    programme = lock_programme(session, programme.number)
    awards = find_awards(session, programme, persons)
    if not may_give(programme, awards, at=earned_at):
        return False
    if has_award(session, programme, book.account_number, earned["cause"]):
        return False
    package_id = package_id_of_award(programme.id, book.account_id, earned["cause"])
    bonus = Bonus(package_id, BonusReason.PROGRAMME, programme.id, programme.seconds, programme.expires_at(facts.at))
    give_bonus(book, bonus, facts, message_id=claim_bonus(session, book, "given", package_id))
    add_award(session, programme, book.account_number, earned | {"package_id": package_id, "granted_at": facts.at})
    return True


def reverse_awards(session: Session, book: Book, purchase: PurchaseState, persons: Sequence[int], facts: Facts) -> None:
    """
    Take back what is left of the bonuses that have lost their reason, because a purchase was given back.

    Args:
        session: of the transaction.
        book: of the buyer, open.
        purchase: given back.
        persons: the numbers of all accounts of the same person.
        facts: of the transaction.
    """
    lost = [
        award
        for award in find_awards_for_orders(session, book.account_number)
        if award.order_id == purchase.order_id or not _is_still_earned(session, award, persons)
    ]
    add_packages(session, book, [award.package_id for award in lost])
    for award in lost:
        message_id = claim_bonus(session, book, "voided", award.package_id)
        voided_seconds = void_bonus(book, award.package_id, facts, message_id=message_id)
        reverse_award(session, award, voided_seconds=voided_seconds, at=facts.at)


def _is_still_earned(session: Session, award: Award, persons: Sequence[int]) -> bool:
    purchase = find_purchase(session, award.order_id)
    return purchase is not None and is_still_earned(award.programme, _history(session, purchase, persons))


def _history(session: Session, purchase: PurchaseState, persons: Sequence[int]) -> Purchases:
    before = purchases_before(session, persons, at=purchase.paid_at, order_id=purchase.order_id)
    return Purchases(purchase.product_id, purchase.paid_at, before.number, before.last_at)
