"""The bonus of an order: a package of its own, granted in the transaction of the payment, that ends with its money."""

from datetime import timedelta

from domain.minutes.entry import Entry, EntryKind
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind, PackageState
from domain.payments.bonus import bonus_change
from domain.payments.movement import PackageChange
from store.engine import Session
from store.payments.case import Case
from workers.claims import claim_gateway_event
from workers.facts import Facts
from workers.minutes.grant import write_grant
from workers.promotions.announce import emit_withheld
from workers.promotions.settle import withhold_bonus

BONUS = "screph.payment.paid.v1"
"""A bonus comes of the payment; it has a claim of its own, for a message grants one package."""


def grant_bonus(session: Session, case: Case, facts: Facts, *, gateway: str) -> str | None:
    """
    Grant the bonus of an order that is just being paid, and return its package; None: there is none.

    Nothing is granted for a code that the same person has used as often as may be; only the card may show it.

    Args:
        session: of the transaction.
        case: of the order, whose own package is granted already.
        facts: their moment is that of the payment.
        gateway: whose payment it is.

    Source: domain/payments/README.md, "Bonus".
    """
    order = case.order
    if not order.bonus_seconds:
        return None
    if order.bonus_code is not None and withhold_bonus(session, order.id, at=facts.at):
        emit_withheld(facts, order.account_id, order.id)
        return None
    message_id = claim_gateway_event(session, case.book, gateway, f"bonus:{order.id}", BONUS)
    if message_id is None:
        return None
    ends_at = None if order.bonus_valid_days is None else facts.at + timedelta(days=order.bonus_valid_days)
    package = new_package(
        case.bonus_package_id, order.account_id, kind=PackageKind.PROMO, activated_at=facts.at, expires_at=ends_at
    )
    write_grant(facts, case.book, package, order.bonus_seconds, message_id)
    return package.id


def change_bonus(case: Case, facts: Facts, *, message_id: int, has_ended: bool = False) -> int:
    """
    Let the bonus follow the money of its order, after a refund or a dispute has changed, and return what was voided.

    Args:
        case: of a paid order, with the refund or dispute as it is now.
        facts: their moment is that of the entry.
        message_id: the cause.
        has_ended: all of the money was refunded, and nobody waived the minutes.
    """
    bonus = case.bonus_package
    if bonus is None:
        return 0
    change = bonus_change(case.bought, has_ended=has_ended)
    if change is PackageChange.VOID and bonus.left_seconds:
        case.book.write(Entry(EntryKind.VOID, -bonus.left_seconds, facts.at, message_id, bonus.id))
    case.book.set_state(bonus.id, PackageState(change))
    return bonus.left_seconds if change is PackageChange.VOID else 0
