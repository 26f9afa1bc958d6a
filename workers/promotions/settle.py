"""Settling: a reserved use is confirmed by its order's payment, or given back by its end."""

from datetime import datetime

from domain.promotions.redemption import Redemption, RedemptionRole, RedemptionStatus, confirm, give_back
from store.engine import Session
from store.identity import accounts_of_person
from store.promotions.promotion import lock_limits
from store.promotions.redemption import (
    count_of_person,
    count_use,
    find_redemptions,
    save_redemption,
    take_use,
    uncount_use,
)
from workers.facts import Facts
from workers.promotions.announce import emit_redeemed

USED_BY_PERSON = "used_by_person"
"""Why a bonus was given back: the card shows that its buyer had used the code already."""


def confirm_uses(session: Session, order_id: str, facts: Facts) -> bool:
    """
    Confirm the uses of a paid order; return False if one of them is beyond the limits.

    Late money is real: a use that had been given back counts again, whatever is left, for the buyer has paid the price
    that they were shown. So is money that comes back, after a refund or a lost dispute; that is no use that is new.

    Args:
        session: of a transaction that holds the locks of the account and the order.
        order_id: of the order.
        facts: their moment counts.
    """
    is_within, at = True, facts.at
    for use in find_redemptions(session, order_id):
        match use.status:
            case RedemptionStatus.RESERVED:
                save_redemption(session, confirm(use, at=at), before=use)
                emit_redeemed(session, use, facts)
            case RedemptionStatus.GIVEN_BACK if use.given_back_why != USED_BY_PERSON:
                is_counted = take_use_or_undo(session, use)
                if not is_counted:
                    count_use(session, use)
                is_left = is_counted and _is_left_for_person(session, use)
                is_within = is_within and is_left
                save_redemption(session, confirm(use, is_beyond_limit=not is_left, at=at), before=use)
                if use.confirmed_at is None:
                    emit_redeemed(session, use, facts)
            case _:
                pass
    return is_within


def give_back_uses(session: Session, order_id: str, why: str, *, at: datetime) -> None:
    """
    Give the uses of an order back that came to nothing, or was undone.

    Args:
        session: of a transaction that holds the locks of the account and the order.
        order_id: of the order.
        why: what became of it.
        at: aware UTC.
    """
    for use in find_redemptions(session, order_id):
        if use.status is not RedemptionStatus.GIVEN_BACK:
            _give_back(session, use, why, at)


def withhold_bonus(session: Session, order_id: str, *, at: datetime) -> bool:
    """
    Give the use of a bonus back whose buyer turns out to be somebody who has used it already; tell whether that is so.

    To be asked at the payment, once the card is noted, before anything is granted. A discount stays, for it is paid.
    The use of an order that had failed was given back and may have been made since, by another order.
    """
    for use in find_redemptions(session, order_id):
        if use.role is not RedemptionRole.BONUS or use.status is RedemptionStatus.CONFIRMED:
            continue
        # With the promotion locked, who pays with the same card at the same time sees the card and this use.
        uses_each = lock_limits(session, use.promotion).uses_each
        is_counted = use.status is RedemptionStatus.RESERVED
        others = count_of_person(session, use.promotion, accounts_of_person(session, use.account)) - is_counted
        if uses_each is not None and others >= uses_each:
            if is_counted:
                uncount_use(session, use)
            save_redemption(session, give_back(use, USED_BY_PERSON, at=at), before=use)
            return True
    return False


def _is_left_for_person(session: Session, use: Redemption) -> bool:
    """Tell whether a person may have a use that is given back, besides those that count; the promotion is locked."""
    uses_each = lock_limits(session, use.promotion).uses_each
    if uses_each is None:
        return True
    return count_of_person(session, use.promotion, accounts_of_person(session, use.account)) < uses_each


def take_use_or_undo(session: Session, use: Redemption) -> bool:
    """Count one use against its limits; where they do not allow it, nothing is counted."""
    savepoint = session.begin_nested()
    if take_use(session, use):
        savepoint.commit()
        return True
    savepoint.rollback()
    return False


def _give_back(session: Session, use: Redemption, why: str, at: datetime) -> None:
    uncount_use(session, use)
    save_redemption(session, give_back(use, why, at=at), before=use)
