"""Promotions in the store: written as they were made, switched off and on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.promotions.promotion import Buyers, CodeKind, Conditions, Limits, Promotion, Uses
from store.numbers import id_of, number_of
from store.records import table_of
from store.tables import PromotionRow

_PROMOTIONS = table_of(PromotionRow)

COLUMNS = (
    *(column for column in _PROMOTIONS.c if column.name != "number"),
    _PROMOTIONS.c.number.label("promotion_number"),
    id_of(_PROMOTIONS.c.product),
)
"""What `promotion_of` and `uses_of` read."""


@dataclass(frozen=True, slots=True)
class Made:
    """By which message a promotion or a batch was made, by whom, and when."""

    message_id: int
    by: str
    at: datetime


def add_promotion(session: Session, promotion: Promotion, made: Made) -> int | None:
    """Write a new promotion and return its number; None: there is one of this id."""
    conditions, limits = promotion.conditions, promotion.limits
    values = {
        "id": promotion.id,
        "kind": promotion.kind,
        "share": promotion.share,
        "amounts_minor": dict(promotion.amounts_minor),
        "seconds": promotion.seconds,
        "product": None if promotion.product_id is None else number_of(_PROMOTIONS.c.product, promotion.product_id),
        "periods": promotion.periods,
        "valid_days": promotion.valid_days,
        "needs_purchase": promotion.needs_purchase,
        "starts_at": conditions.starts_at,
        "ends_at": conditions.ends_at,
        "conditions": {
            "product_ids": sorted(conditions.product_ids),
            "currencies": sorted(conditions.currencies),
            "minimum_minor": dict(conditions.minimum_minor),
            "is_for_first_purchase": conditions.is_for_first_purchase,
            "buyers": conditions.buyers,
            "returning_after_days": conditions.returning_after_days,
        },
        "uses_limit": limits.uses,
        "uses_each": limits.uses_each,
        "uses_a_day": limits.uses_a_day,
        "budget_seconds": limits.budget_seconds,
        "budget_minor": dict(limits.budget_minor),
        "used_minor": {},
        "message_id": made.message_id,
        "created_by": made.by,
        "created_at": made.at,
    }
    statement = insert(_PROMOTIONS).values(values).on_conflict_do_nothing().returning(_PROMOTIONS.c.number)
    number: int | None = session.execute(statement).scalar_one_or_none()
    return number


def lock_promotion(session: Session, promotion_id: str) -> int | None:
    """Lock a promotion until the end of the transaction and return its number; None: there is none of this id."""
    statement = select(_PROMOTIONS.c.number).where(_PROMOTIONS.c.id == promotion_id).with_for_update()
    number: int | None = session.execute(statement).scalar_one_or_none()
    return number


def lock_limits(session: Session, number: int) -> Limits:
    """Return the limits of the promotion with a number, locked until the end of the transaction."""
    row = session.execute(select(*COLUMNS).where(_PROMOTIONS.c.number == number).with_for_update(of=_PROMOTIONS)).one()
    return promotion_of(row).limits


def pause(session: Session, promotion_id: str, *, by: str, reason: str | None, at: datetime) -> bool:
    """Switch a promotion off; return whether there is one. One that is off already stays as it is."""
    first = update(_PROMOTIONS).where(_PROMOTIONS.c.id == promotion_id, _PROMOTIONS.c.paused_at.is_(None))
    session.execute(first.values(paused_at=at, paused_by=by, pause_reason=reason))
    return _is_there(session, promotion_id)


def resume(session: Session, promotion_id: str) -> bool:
    """Switch a promotion on again; return whether there is one."""
    this = update(_PROMOTIONS).where(_PROMOTIONS.c.id == promotion_id)
    session.execute(this.values(paused_at=None, paused_by=None, pause_reason=None))
    return _is_there(session, promotion_id)


def promotion_of(row: Row[Any]) -> Promotion:
    """Return the promotion of a row that was selected with `COLUMNS`."""
    given = dict(row.conditions)
    return Promotion(
        id=row.id,
        kind=CodeKind(row.kind),
        share=row.share,
        amounts_minor=row.amounts_minor,
        seconds=row.seconds,
        product_id=row.product_id,
        periods=row.periods,
        valid_days=row.valid_days,
        needs_purchase=row.needs_purchase,
        conditions=Conditions(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            product_ids=frozenset(given.pop("product_ids")),
            currencies=frozenset(given.pop("currencies")),
            buyers=Buyers(given.pop("buyers")),
            **given,
        ),
        limits=Limits(row.uses_limit, row.uses_each, row.uses_a_day, row.budget_seconds, row.budget_minor),
        is_paused=row.paused_at is not None,
    )


def uses_of(row: Row[Any], *, of_code: int, of_person: int = 0, at: datetime) -> Uses:
    """Return how often the promotion of such a row is used, as of one moment."""
    today = row.used_today if row.used_on is not None and row.used_on >= at.date() else 0
    return Uses(row.used, of_code, of_person, today, row.used_seconds, row.used_minor)


def _is_there(session: Session, promotion_id: str) -> bool:
    return session.execute(select(_PROMOTIONS.c.number).where(_PROMOTIONS.c.id == promotion_id)).first() is not None
