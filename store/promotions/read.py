"""Reading promotions: what commands, and later pages, show. Nothing here writes or locks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Row, false, func, select
from sqlmodel import Session

from domain.promotions.promotion import CodeKind, Promotion
from store.newest_first import WantedPage, page_of
from store.numbers import id_of, number_of
from store.promotions.promotion import COLUMNS, promotion_of
from store.records import table_of
from store.tables import PromoBatchRow, PromoCodeRow, PromotionRow, RedemptionRow

MAX_REDEMPTIONS = 50
"""So many of its uses a page shows, the newest first."""

_PROMOTIONS, _CODES = table_of(PromotionRow), table_of(PromoCodeRow)
_BATCHES, _REDEMPTIONS = table_of(PromoBatchRow), table_of(RedemptionRow)


class UnknownPromotion(LookupError):
    """No promotion has this id."""


@dataclass(frozen=True, slots=True)
class PromotionLine:
    """A promotion in a list."""

    id: str
    kind: CodeKind
    used: int
    uses_limit: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    paused_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WantedPromotions:
    """Which promotions are wanted: of one kind, and that are `on`, switched `off`, or `over` at a moment."""

    at: datetime
    kind: CodeKind | None = None
    state: Literal["on", "off", "over"] | None = None

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """Return what must hold of their rows."""
        is_off = _PROMOTIONS.c.paused_at.is_not(None)
        is_over = func.coalesce(_PROMOTIONS.c.ends_at <= self.at, false())
        by_state = {"on": ~is_off & ~is_over, "off": is_off, "over": ~is_off & is_over}
        of_kind = () if self.kind is None else (_PROMOTIONS.c.kind == self.kind,)
        return of_kind if self.state is None else (*of_kind, by_state[self.state])


@dataclass(frozen=True, slots=True)
class PromotionList:
    """A page of promotions, the newest first; `next_cursor` leads to the next page, where there is one."""

    lines: tuple[PromotionLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch of a promotion."""

    number: int
    codes: int
    created_by: str
    created_at: datetime
    exported_by: str | None
    exported_at: datetime | None


@dataclass(frozen=True, slots=True)
class RedemptionLine:
    """A use of one of its codes."""

    code: str
    account_id: str
    order_id: str | None
    status: str
    discount_minor: int
    currency: str | None
    seconds: int
    redeemed_at: datetime
    given_back_why: str | None


@dataclass(frozen=True, slots=True)
class GiftLine:
    """What a code without a purchase has given an account."""

    redeemed_at: datetime
    promotion_id: str
    code: str
    seconds: int
    package_id: str | None


@dataclass(frozen=True, slots=True)
class PromotionPage:
    """A promotion with how often it is used, what that costs, its codes and its last uses."""

    promotion: Promotion
    used: int
    used_seconds: int
    used_minor: dict[str, int]
    used_on: date | None
    used_today: int
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    created_by: str
    created_at: datetime
    codes: tuple[str, ...]
    batches: tuple[BatchLine, ...]
    redemptions: tuple[RedemptionLine, ...]


def list_promotions(
    session: Session, *, limit: int, cursor: str | None, wanted: WantedPromotions | None = None
) -> PromotionList:
    """
    Return promotions, the newest first; there are hundreds of them, so a filter looks at all.

    Raises:
        WrongCursor: the cursor is not one that this list has given.
    """
    page = WantedPage(limit=limit, cursor=cursor)
    only = () if wanted is None else wanted.conditions()
    return PromotionList(*page_of(session, PromotionLine, _PROMOTIONS, page, *only))


def promotion_page(session: Session, promotion_id: str) -> PromotionPage:
    """
    Return one promotion.

    Raises:
        UnknownPromotion: there is none of this id.
    """
    row = _find(session, promotion_id)
    number = row.promotion_number
    codes = (
        select(_CODES.c.text).where(_CODES.c.promotion == number, _CODES.c.batch.is_(None)).order_by(_CODES.c.number)
    )
    batches = (
        select(*(_BATCHES.c[name] for name in BatchLine.__dataclass_fields__))
        .where(_BATCHES.c.promotion == number)
        .order_by(_BATCHES.c.number)
    )
    plain = ("order_id", "status", "discount_minor", "currency", "seconds", "redeemed_at", "given_back_why")
    uses = (
        select(_CODES.c.text.label("code"), id_of(_REDEMPTIONS.c.account), *(_REDEMPTIONS.c[name] for name in plain))
        .join(_CODES, _CODES.c.number == _REDEMPTIONS.c.code)
        .where(_REDEMPTIONS.c.promotion == number)
        .order_by(_REDEMPTIONS.c.redeemed_at.desc(), _REDEMPTIONS.c.id.desc())
        .limit(MAX_REDEMPTIONS)
    )
    return PromotionPage(
        promotion=promotion_of(row),
        used=row.used,
        used_seconds=row.used_seconds,
        used_minor=row.used_minor,
        used_on=row.used_on,
        used_today=row.used_today,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        pause_reason=row.pause_reason,
        created_by=row.created_by,
        created_at=row.created_at,
        codes=tuple(session.scalars(codes)),
        batches=tuple(BatchLine(**each._mapping) for each in session.execute(batches)),
        redemptions=tuple(RedemptionLine(**each._mapping) for each in session.execute(uses)),
    )


def gifts_of_account(session: Session, account_id: str, *, limit: int) -> list[GiftLine]:
    """Return what codes without a purchase have given an account, the newest first; those of orders stand there."""
    found = (
        select(
            _REDEMPTIONS.c.redeemed_at,
            _PROMOTIONS.c.id.label("promotion_id"),
            _CODES.c.text.label("code"),
            _REDEMPTIONS.c.seconds,
            _REDEMPTIONS.c.package_id,
        )
        .join_from(_REDEMPTIONS, _PROMOTIONS, _PROMOTIONS.c.number == _REDEMPTIONS.c.promotion)
        .join(_CODES, _CODES.c.number == _REDEMPTIONS.c.code)
        .where(_REDEMPTIONS.c.account == number_of(_REDEMPTIONS.c.account, account_id))
        .where(_REDEMPTIONS.c.order_id.is_(None))
        .order_by(_REDEMPTIONS.c.redeemed_at.desc(), _REDEMPTIONS.c.id.desc())
        .limit(limit)
    )
    return [GiftLine(**row._mapping) for row in session.execute(found)]


def codes_of_batch(session: Session, promotion_id: str, batch: int) -> Iterator[str]:
    """
    Give the codes of a batch as they were made, in the order in which they were made.

    Raises:
        UnknownPromotion: there is none of this id.
    """
    number = _find(session, promotion_id).promotion_number
    wanted = select(_CODES.c.text).where(_CODES.c.promotion == number, _CODES.c.batch == batch)
    yield from session.scalars(wanted.order_by(_CODES.c.number))


def _find(session: Session, promotion_id: str) -> Row[tuple[object, ...]]:
    row = session.execute(select(*COLUMNS).where(_PROMOTIONS.c.id == promotion_id)).one_or_none()
    if row is None:
        raise UnknownPromotion(f"there is no promotion {promotion_id}; `billing promotions codes list` shows them")
    return row
