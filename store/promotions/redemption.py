"""Redemptions in the store: counted against their limits by one conditional statement each."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ARRAY, Integer, any_, bindparam, func, insert, select, text
from sqlmodel import Session

from domain.promotions.redemption import COUNTING, Redemption, RedemptionStatus
from store.records import changed_names, columns_of, record_of, table_of, update_of, values_of
from store.tables import RedemptionRow

_REDEMPTIONS = table_of(RedemptionRow)


def take_use(session: Session, use: Redemption) -> bool:
    """
    Count a use against the limits of its promotion and its code, if they allow it; both stay locked.

    Promotions come before codes, and both in the order of their numbers, for everybody. The caller undoes what was
    counted if anything else refuses the use.
    """
    of_use = _of(use)
    return bool(
        session.execute(_TAKE_OF_PROMOTION, of_use).rowcount  # type: ignore[attr-defined] # a CursorResult
        and session.execute(_TAKE_OF_CODE, of_use).rowcount  # type: ignore[attr-defined]
    )


def count_use(session: Session, use: Redemption) -> None:
    """Count a use whatever the limits are: its order is paid."""
    session.execute(_COUNT_OF_PROMOTION, _of(use))
    session.execute(_COUNT_OF_CODE, _of(use))


def uncount_use(session: Session, use: Redemption) -> None:
    """Take a use back from what is counted."""
    session.execute(_UNCOUNT_OF_PROMOTION, _of(use))
    session.execute(_UNCOUNT_OF_CODE, _of(use))


def add_redemption(session: Session, redemption: Redemption) -> None:
    """Write a use that is counted."""
    values = asdict(redemption)
    del values["id"]
    session.execute(insert(_REDEMPTIONS).values(values))


def save_redemption(session: Session, redemption: Redemption, *, before: Redemption) -> None:
    """Write what has changed of a use, under the lock of its order."""
    names = changed_names(redemption, before)
    if names:
        changes = values_of(redemption, _REDEMPTIONS, names) | {"of_id": redemption.id}
        session.execute(update_of(Redemption, _REDEMPTIONS, names), changes)


def find_redemptions(session: Session, order_id: str) -> list[Redemption]:
    """Return the uses of an order, in the order in which their promotions are locked."""
    rows = session.execute(_OF_ORDER, {"of_order": order_id})
    return [record_of(Redemption, _REDEMPTIONS, row) for row in rows]


def count_of_person(session: Session, promotion: int, accounts: Collection[int]) -> int:
    """
    Return how often a promotion is used by a person; certain under the promotion's lock.

    Args:
        session: any.
        promotion: its number.
        accounts: the numbers of the person's accounts.
    """
    return counts_of_person(session, [promotion], accounts)[promotion]


def counts_of_person(session: Session, promotions: Collection[int], accounts: Collection[int]) -> dict[int, int]:
    """Return the same of several promotions, by their numbers."""
    rows = session.execute(_COUNTS_OF_PERSON, {"promotions": list(promotions), "accounts": list(accounts)})
    return dict.fromkeys(promotions, 0) | {row.promotion: row.uses for row in rows}


def find_overdue(session: Session, *, before: datetime, limit: int) -> list[str]:
    """Return orders whose reserved uses should be over by now, the oldest first."""
    rows = session.execute(
        select(_REDEMPTIONS.c.order_id)
        .where(_REDEMPTIONS.c.status == RedemptionStatus.RESERVED, _REDEMPTIONS.c.reserved_until < before)
        .order_by(_REDEMPTIONS.c.reserved_until)
        .limit(limit)
    )
    return list(dict.fromkeys(row.order_id for row in rows))


def _of(use: Redemption) -> dict[str, object]:
    return {
        "promotion": use.promotion,
        "code": use.code,
        "seconds": use.seconds,
        "minor": use.discount_minor,
        "currency": use.currency or "",
        "day": use.day,
    }


_SET = """
    UPDATE promotion SET used = used + 1, used_seconds = used_seconds + :seconds,
        used_minor = CASE WHEN :minor = 0 THEN used_minor ELSE jsonb_set(used_minor, ARRAY[:currency],
            to_jsonb(coalesce((used_minor ->> :currency)::bigint, 0) + :minor)) END,
        used_today = CASE WHEN used_on > :day THEN used_today WHEN used_on = :day THEN used_today + 1 ELSE 1 END,
        used_on = greatest(used_on, :day)
    WHERE number = :promotion
"""
_COUNT_OF_PROMOTION = text(_SET)
_TAKE_OF_PROMOTION = text(f"""{_SET}
      AND paused_at IS NULL
      AND (uses_limit IS NULL OR used < uses_limit)
      AND (uses_a_day IS NULL OR used_on IS NULL OR used_on < :day OR used_today < uses_a_day)
      AND (budget_seconds IS NULL OR used_seconds + :seconds <= budget_seconds)
      AND (budget_minor = '{{}}' OR :minor = 0
           OR coalesce((used_minor ->> :currency)::bigint, 0) + :minor <= (budget_minor ->> :currency)::bigint)
""")
_UNCOUNT_OF_PROMOTION = text("""
    UPDATE promotion SET used = used - 1, used_seconds = used_seconds - :seconds,
        used_minor = CASE WHEN :minor = 0 THEN used_minor ELSE jsonb_set(used_minor, ARRAY[:currency],
            to_jsonb((used_minor ->> :currency)::bigint - :minor)) END,
        used_today = used_today - CASE WHEN used_on = :day THEN 1 ELSE 0 END
    WHERE number = :promotion
""")
_COUNT_OF_CODE = text("UPDATE promo_code SET used = used + 1 WHERE number = :code")
_TAKE_OF_CODE = text(f"{_COUNT_OF_CODE.text} AND (uses_limit IS NULL OR used < uses_limit)")
_UNCOUNT_OF_CODE = text("UPDATE promo_code SET used = used - 1 WHERE number = :code")

_OF_ORDER = (
    select(*columns_of(Redemption, _REDEMPTIONS))
    .where(_REDEMPTIONS.c.order_id == bindparam("of_order"))
    .order_by(_REDEMPTIONS.c.promotion)
)
_COUNTS_OF_PERSON = (
    select(_REDEMPTIONS.c.promotion, func.count().label("uses"))
    .where(
        _REDEMPTIONS.c.promotion == any_(bindparam("promotions", type_=ARRAY(Integer))),
        _REDEMPTIONS.c.account == any_(bindparam("accounts", type_=ARRAY(Integer))),
        _REDEMPTIONS.c.status.in_(sorted(COUNTING)),
    )
    .group_by(_REDEMPTIONS.c.promotion)
)
