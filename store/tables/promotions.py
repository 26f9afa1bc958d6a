"""Tables of the capability `promotions`: what codes give, the codes, their redemptions, and tries at codes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.promotions.promotion import CodeKind
from domain.promotions.redemption import RedemptionRole, RedemptionStatus
from store.tables.columns import (
    bigint,
    boolean,
    day,
    document,
    identity,
    integer,
    moment,
    number,
    one_of,
    string,
    uuid,
)
from store.tables.minutes import ROOM_TO_UPDATE_IN_PLACE


class PromotionRow(SQLModel, table=True):
    """
    What codes give, to whom and how often; one code has it, or every one of its batches.

    Its row is the lock of its limits. `used`, `used_seconds` and `used_minor` (by currency) count what is reserved or
    confirmed; `used_today` counts it for the UTC day `used_on`. domain/promotions/promotion.py explains the rest.
    """

    __tablename__ = "promotion"
    __table_args__ = (
        CheckConstraint("share BETWEEN 0 AND 10000 AND seconds >= 0 AND periods > 0", name="promotion_gives"),
        CheckConstraint("valid_days > 0", name="promotion_valid_days_positive"),
        CheckConstraint("ends_at > starts_at", name="promotion_time_not_empty"),
        CheckConstraint(
            "uses_limit > 0 AND uses_each > 0 AND uses_a_day > 0 AND budget_seconds > 0",
            name="promotion_limits_positive",
        ),
        CheckConstraint("used >= 0 AND used_seconds >= 0 AND used_today >= 0", name="promotion_counts_not_negative"),
        CheckConstraint("(paused_at IS NULL) = (paused_by IS NULL)", name="promotion_paused_by"),
        UniqueConstraint("id", name="promotion_id"),
        Index("promotion_newest", "created_at", "id"),
        ROOM_TO_UPDATE_IN_PLACE,
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    id: str = Field(sa_column=string())
    kind: str = Field(sa_column=one_of("code_kind", *CodeKind))
    share: int = Field(sa_column=integer(default=0))
    amounts_minor: dict[str, int] = Field(sa_column=document(null=False))
    seconds: int = Field(sa_column=bigint(default=0))
    product: int | None = Field(default=None, sa_column=integer(ForeignKey("product.number"), null=True))
    periods: int = Field(sa_column=integer(default=1))
    valid_days: int | None = Field(default=None, sa_column=integer(null=True))
    needs_purchase: bool = Field(sa_column=boolean())
    starts_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    ends_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    conditions: dict[str, Any] = Field(sa_column=document(null=False))
    uses_limit: int | None = Field(default=None, sa_column=integer(null=True))
    uses_each: int | None = Field(default=None, sa_column=integer(null=True))
    uses_a_day: int | None = Field(default=None, sa_column=integer(null=True))
    budget_seconds: int | None = Field(default=None, sa_column=bigint(null=True))
    budget_minor: dict[str, int] = Field(sa_column=document(null=False))
    used: int = Field(sa_column=integer(default=0))
    used_seconds: int = Field(sa_column=bigint(default=0))
    used_minor: dict[str, int] = Field(sa_column=document(null=False))
    used_on: date | None = Field(default=None, sa_column=day(null=True))
    used_today: int = Field(sa_column=integer(default=0))
    paused_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    paused_by: str | None = Field(default=None, sa_column=string(null=True))
    pause_reason: str | None = Field(default=None, sa_column=string(null=True))
    message_id: int = Field(sa_column=bigint())
    created_by: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())


class PromoCodeRow(SQLModel, table=True):
    """
    A code as it was made; `folded` is compared. `account`: it is that account's alone.

    `uses_limit` is its own, 1 in a batch; NULL: those of the promotion are all. `used` counts reserved and confirmed
    redemptions. `batch` counts the batches of a promotion from 1; NULL: the code has a name.
    """

    __tablename__ = "promo_code"
    __table_args__ = (
        CheckConstraint("uses_limit > 0 AND used >= 0 AND batch > 0", name="promo_code_counts"),
        UniqueConstraint("folded", name="promo_code_folded"),
        Index("promo_code_of_promotion", "promotion", "number"),
        ROOM_TO_UPDATE_IN_PLACE,
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    promotion: int = Field(sa_column=integer(ForeignKey("promotion.number")))
    text: str = Field(sa_column=string())
    folded: str = Field(sa_column=string())
    account: int | None = Field(default=None, sa_column=integer(ForeignKey("account.number"), null=True))
    uses_limit: int | None = Field(default=None, sa_column=integer(null=True))
    used: int = Field(sa_column=integer(default=0))
    batch: int | None = Field(default=None, sa_column=integer(null=True))
    created_at: datetime = Field(sa_column=moment())


class PromoBatchRow(SQLModel, table=True):
    """Codes for one use each that were made together; their list is given out once unless it is asked for again."""

    __tablename__ = "promo_batch"
    __table_args__ = (
        CheckConstraint("number > 0 AND codes > 0", name="promo_batch_positive"),
        CheckConstraint("(exported_at IS NULL) = (exported_by IS NULL)", name="promo_batch_exported_by"),
    )

    promotion: int = Field(sa_column=integer(ForeignKey("promotion.number"), primary_key=True, autoincrement=False))
    number: int = Field(sa_column=integer(primary_key=True, autoincrement=False))
    codes: int = Field(sa_column=integer())
    message_id: int = Field(sa_column=bigint())
    created_by: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())
    exported_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    exported_by: str | None = Field(default=None, sa_column=string(null=True))


class RedemptionRow(SQLModel, table=True):
    """
    One use of a code by one account, for an order, or without one.

    `day` is the UTC day that it counts for. `is_beyond_limit`: its order was paid after the use had been given
    back, and nothing was left by then. `package_id` is what a code without a purchase has given;
    what comes with a purchase belongs to its order.
    """

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint("discount_minor >= 0 AND seconds >= 0", name="redemption_not_negative"),
        CheckConstraint("(discount_minor > 0) <= (currency IS NOT NULL)", name="redemption_discount_has_currency"),
        CheckConstraint(
            "(status = 'given_back') = (given_back_at IS NOT NULL)"
            " AND (given_back_at IS NULL) = (given_back_why IS NULL)",
            name="redemption_given_back",
        ),
        CheckConstraint("status <> 'confirmed' OR confirmed_at IS NOT NULL", name="redemption_confirmed"),
        CheckConstraint(
            "(status = 'reserved') = (reserved_until IS NOT NULL) AND (status <> 'reserved' OR order_id IS NOT NULL)",
            name="redemption_reserved_for_order",
        ),
        Index("redemption_of_order", "order_id", "role", unique=True, postgresql_where=text("order_id IS NOT NULL")),
        Index("redemption_of_account", "account", "promotion"),
        Index("redemption_of_promotion", "promotion", "redeemed_at"),
        Index("redemption_of_code", "code"),
        # What the guard reads: the uses of the last hour, whatever they are of.
        Index("redemption_recent", "redeemed_at", postgresql_using="brin"),
        Index("redemption_reserved", "reserved_until", postgresql_where=text("status = 'reserved'")),
    )

    id: int | None = Field(default=None, sa_column=identity())
    code: int = Field(sa_column=integer(ForeignKey("promo_code.number")))
    promotion: int = Field(sa_column=integer(ForeignKey("promotion.number")))
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    order_id: str | None = Field(default=None, sa_column=string(ForeignKey("orders.id"), null=True))
    role: str = Field(sa_column=one_of("redemption_role", *RedemptionRole))
    status: str = Field(sa_column=one_of("redemption_status", *RedemptionStatus))
    discount_minor: int = Field(sa_column=bigint(default=0))
    currency: str | None = Field(default=None, sa_column=string(null=True))
    seconds: int = Field(sa_column=bigint(default=0))
    package_id: str | None = Field(default=None, sa_column=uuid(null=True))
    day: date = Field(sa_column=day())
    is_beyond_limit: bool = Field(sa_column=boolean())
    message_id: int = Field(sa_column=bigint())
    redeemed_at: datetime = Field(sa_column=moment())
    reserved_until: datetime | None = Field(default=None, sa_column=moment(null=True))
    confirmed_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    given_back_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    given_back_why: str | None = Field(default=None, sa_column=string(null=True))


class CodeTryRow(SQLModel, table=True):
    """A code that was refused, so that nobody tries them all; `address` is what the buyer's request came from."""

    __tablename__ = "code_try"
    __table_args__ = (
        Index("code_try_of_account", "account", "tried_at"),
        Index("code_try_of_address", "address", "tried_at", postgresql_where=text("address IS NOT NULL")),
        Index("code_try_tried_at", "tried_at"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    address: str | None = Field(default=None, sa_column=string(null=True))
    tried_at: datetime = Field(sa_column=moment())
