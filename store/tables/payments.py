"""Tables of the capability `payments`: orders, attempts, refunds and disputes."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from domain.gateway.decline import Retry
from domain.gateway.dispute import DisputeStatus
from domain.gateway.payment import PaymentStatus
from domain.payments.attempt import AttemptOutcome
from domain.payments.dispute import POLLED_DISPUTE_STATUSES
from domain.payments.order import OPEN_STATUSES, PurchaseKind
from domain.payments.refund import OPEN_REFUND_STATUSES, RefundOrigin, RefundStatus
from domain.periods import PeriodUnit
from store.tables.columns import (
    bigint,
    boolean,
    computed,
    document,
    identity,
    in_enum,
    integer,
    moment,
    one_of,
    string,
)

_OPEN_ORDER = in_enum("status", OPEN_STATUSES)
_OPEN_REFUND = in_enum("status", OPEN_REFUND_STATUSES)


class OrderRow(SQLModel, table=True):
    """
    One purchase of one product through one gateway; it exists before the gateway is called.

    A new column: here, as the last one, where a migration puts it; a step in migrations/versions/; the read model
    (store/payments/read.py) and the page (cli/commands/order_page.py) that show it; and domain/payments/order.py if a
    decision writes it. Nothing else: store/records.py maps by name.

    The gateway's two ids are unique, so one payment can pay one order only. `package` is the package it granted,
    one of the same account. `called_at` is when the present call's key was first used, `buyer_snapshot` what that
    call said of the buyer. `recorded_at` is our moment of the payment; a trigger keeps it.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="orders_price_not_negative"),
        CheckConstraint("list_price_minor >= price_minor", name="orders_discount_not_negative"),
        CheckConstraint("granted_seconds > 0", name="orders_grant_positive"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="orders_paid_at"),
        CheckConstraint("(status = 'paid') = (recorded_at IS NOT NULL)", name="orders_paid_is_recorded"),
        CheckConstraint("(status = 'paid') = (package IS NOT NULL)", name="orders_paid_is_granted"),
        CheckConstraint("(fee_minor IS NULL) = (fee_currency IS NULL)", name="orders_fee_has_currency"),
        Index("orders_beginning", text("id text_pattern_ops")),
        Index("orders_with_buyer", "created_at", postgresql_where=text("buyer_snapshot IS NOT NULL")),
        Index("orders_checkout", "gateway", "checkout_ref", unique=True),
        Index("orders_payment", "gateway", "payment_ref", unique=True),
        # `save_cases` writes packages first, so the key need not wait for the commit. docs/decisions/0003 has none on
        # the ledger, which is the hot path; an order gets its package once.
        ForeignKeyConstraint(["package", "account"], ["package.number", "package.account"], name="orders_package_fkey"),
        Index("orders_package", "package", unique=True),
        ForeignKeyConstraint(
            ["bonus_package", "account"], ["package.number", "package.account"], name="orders_bonus_package_fkey"
        ),
        Index("orders_bonus_package", "bonus_package", unique=True, postgresql_where=text("bonus_package IS NOT NULL")),
        Index("orders_newest", "created_at", "id"),
        Index("orders_of_account", "account", "created_at", "id"),
        Index("orders_of_status", "status", "created_at", "id"),
        Index("orders_open", "updated_at", postgresql_where=text(_OPEN_ORDER)),
        Index("orders_approved", "updated_at", postgresql_where=text("status = 'approved'")),
        Index("orders_under_way", "under_way_since", postgresql_where=text(_OPEN_ORDER)),
        Index("orders_to_review", "updated_at", postgresql_where=text("needs_review")),
        Index("orders_paid", "gateway", "paid_at", postgresql_where=text("status = 'paid'")),
        Index("orders_paid_newest", "paid_at", "id", postgresql_where=text("status = 'paid'")),
        CheckConstraint("(subscription_id IS NULL) = (period IS NULL)", name="orders_period_of_subscription"),
        CheckConstraint(
            "(period_start IS NULL) = (period_end IS NULL) AND period_end > period_start", name="orders_period"
        ),
        CheckConstraint("attempt >= 0 AND (method_id IS NULL OR attempt > 0)", name="orders_attempt"),
        CheckConstraint(
            "replaces_seconds >= 0 AND replaced_seconds BETWEEN 0 AND granted_seconds", name="orders_replaced_seconds"
        ),
        CheckConstraint("bonus_seconds >= 0 AND bonus_valid_days > 0", name="orders_bonus"),
        CheckConstraint(
            "bonus_package IS NULL OR (status = 'paid' AND bonus_seconds > 0)", name="orders_bonus_is_paid"
        ),
        CheckConstraint("gateway <> 'none' OR price_minor = 0", name="orders_free"),
        # One order pays for a period, whatever else goes wrong.
        Index(
            "orders_of_period",
            "subscription_id",
            "period_start",
            unique=True,
            postgresql_where=text("subscription_id IS NOT NULL"),
        ),
    )

    id: str = Field(sa_column=string(primary_key=True))
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    product: int = Field(sa_column=integer(ForeignKey("product.number")))
    package: int | None = Field(default=None, sa_column=integer(null=True))
    gateway: str = Field(sa_column=string())
    kind: str = Field(sa_column=one_of("purchase_kind", *PurchaseKind))
    currency: str = Field(sa_column=string())
    price_minor: int = Field(sa_column=bigint())
    list_price_minor: int = Field(sa_column=bigint())
    discount_minor: int = Field(sa_column=computed("list_price_minor - price_minor"))
    fee_minor: int | None = Field(default=None, sa_column=bigint(null=True))
    fee_currency: str | None = Field(default=None, sa_column=string(null=True))
    granted_seconds: int = Field(sa_column=bigint())
    valid_days: int | None = Field(default=None, sa_column=bigint(null=True))
    status: str = Field(sa_column=one_of("payment_status", *PaymentStatus, default="pending"))
    saves_method: bool = Field(sa_column=boolean())
    title: str = Field(sa_column=string())
    return_url: str = Field(sa_column=string())
    cancel_url: str = Field(sa_column=string())
    locale: str | None = Field(default=None, sa_column=string(null=True))
    country: str | None = Field(default=None, sa_column=string(null=True))
    message_id: int = Field(sa_column=bigint())
    checkout_ref: str | None = Field(default=None, sa_column=string(null=True))
    payment_ref: str | None = Field(default=None, sa_column=string(null=True))
    redirect_url: str | None = Field(default=None, sa_column=string(null=True))
    checkout_expires_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    failure: str | None = Field(default=None, sa_column=string(null=True))
    needs_review: bool = Field(sa_column=boolean())
    called_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    polled_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    link_ready_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    opened_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    under_way_since: datetime | None = Field(default=None, sa_column=moment(null=True))
    failed_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    expired_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    paid_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    recorded_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    created_at: datetime = Field(sa_column=moment(now=True))
    updated_at: datetime = Field(sa_column=moment(now=True))
    buyer_snapshot: dict[str, Any] | None = Field(default=None, sa_column=document())
    subscription_id: str | None = Field(default=None, sa_column=string(ForeignKey("subscription.id"), null=True))
    period: str | None = Field(default=None, sa_column=one_of("period_unit", *PeriodUnit, null=True))
    period_start: datetime | None = Field(default=None, sa_column=moment(null=True))
    period_end: datetime | None = Field(default=None, sa_column=moment(null=True))
    attempt: int = Field(sa_column=integer(default=0))
    method_id: int | None = Field(default=None, sa_column=bigint(ForeignKey("saved_method.id"), null=True))
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    replaces_order_id: str | None = Field(default=None, sa_column=string(ForeignKey("orders.id"), null=True))
    replaces_seconds: int = Field(sa_column=bigint(default=0))
    replaced_seconds: int = Field(sa_column=bigint(default=0))
    discount_code: int | None = Field(default=None, sa_column=integer(ForeignKey("promo_code.number"), null=True))
    bonus_code: int | None = Field(default=None, sa_column=integer(ForeignKey("promo_code.number"), null=True))
    bonus_seconds: int = Field(sa_column=bigint(default=0))
    bonus_valid_days: int | None = Field(default=None, sa_column=bigint(null=True))
    bonus_package: int | None = Field(default=None, sa_column=integer(null=True))


class PaymentAttemptRow(SQLModel, table=True):
    """One attempt to get the money of an order; numbered from 1 within it."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        PrimaryKeyConstraint("order_id", "number"),
        CheckConstraint("number > 0", name="payment_attempt_number_positive"),
        Index("payment_attempt_at", "at", postgresql_using="brin"),
    )

    order_id: str = Field(sa_column=string(ForeignKey("orders.id")))
    number: int = Field(sa_column=integer())
    at: datetime = Field(sa_column=moment())
    outcome: str = Field(sa_column=one_of("attempt_outcome", *AttemptOutcome))
    retry: str | None = Field(default=None, sa_column=one_of("decline_retry", *Retry, null=True))
    code: str | None = Field(default=None, sa_column=string(null=True))
    charge: int = Field(sa_column=integer(default=0))
    is_vague: bool = Field(sa_column=boolean())
    method_id: int | None = Field(default=None, sa_column=bigint(ForeignKey("saved_method.id"), null=True))
    gateway: str | None = Field(default=None, sa_column=string(null=True))


class RefundRow(SQLModel, table=True):
    """
    Money given back, or to be.

    `void_seconds` are frozen while it is under way and voided when it has succeeded. `origin` tells who
    began it: we, or somebody in the gateway's dashboard. `succeeded_at` is the gateway's moment of its success,
    `recorded_at` ours; a trigger keeps it.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND void_seconds >= 0", name="refund_amounts"),
        CheckConstraint("bonus_void_seconds >= 0", name="refund_bonus_not_negative"),
        CheckConstraint(
            "status <> 'succeeded' OR (succeeded_at IS NOT NULL AND recorded_at IS NOT NULL)", name="refund_is_recorded"
        ),
        Index("refund_ref", "gateway", "refund_ref", unique=True),
        Index("refund_of_order", "order_id"),
        Index("refund_with_buyer", "created_at", postgresql_where=text("buyer_snapshot IS NOT NULL")),
        Index("refund_open", "updated_at", postgresql_where=text(_OPEN_REFUND)),
        Index("refund_to_review", "updated_at", postgresql_where=text("needs_review")),
        Index("refund_succeeded", "gateway", "succeeded_at", postgresql_where=text("status = 'succeeded'")),
    )

    id: str = Field(sa_column=string(primary_key=True))
    order_id: str = Field(sa_column=string(ForeignKey("orders.id")))
    gateway: str = Field(sa_column=string())
    refund_ref: str | None = Field(default=None, sa_column=string(null=True))
    origin: str = Field(sa_column=one_of("refund_origin", *RefundOrigin))
    status: str = Field(sa_column=one_of("refund_status", *RefundStatus))
    currency: str = Field(sa_column=string())
    amount_minor: int = Field(sa_column=bigint())
    void_seconds: int = Field(sa_column=bigint())
    is_waived: bool = Field(sa_column=boolean())
    is_full: bool = Field(sa_column=boolean())
    reason: str = Field(sa_column=string())
    requested_by: str = Field(sa_column=string())
    failure: str | None = Field(default=None, sa_column=string(null=True))
    needs_review: bool = Field(sa_column=boolean())
    message_id: int = Field(sa_column=bigint())
    called_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    succeeded_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    recorded_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    created_at: datetime = Field(sa_column=moment(now=True))
    updated_at: datetime = Field(sa_column=moment(now=True))
    buyer_snapshot: dict[str, Any] | None = Field(default=None, sa_column=document())
    bonus_void_seconds: int = Field(sa_column=bigint(default=0))


class DisputeRow(SQLModel, table=True):
    """A payment that its payer's bank takes back, or tries to; a trigger keeps `recorded_at`."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="dispute_closed_at"),
        CheckConstraint("bonus_voided_seconds >= 0", name="dispute_bonus_not_negative"),
        UniqueConstraint("gateway", "dispute_ref", name="dispute_ref"),
        Index("dispute_of_order", "order_id"),
        Index("dispute_to_poll", "recorded_at", postgresql_where=text(in_enum("status", POLLED_DISPUTE_STATUSES))),
    )

    id: int | None = Field(default=None, sa_column=identity())
    order_id: str = Field(sa_column=string(ForeignKey("orders.id")))
    gateway: str = Field(sa_column=string())
    dispute_ref: str = Field(sa_column=string())
    status: str = Field(sa_column=one_of("dispute_status", *DisputeStatus))
    currency: str = Field(sa_column=string())
    amount_minor: int = Field(sa_column=bigint())
    reason: str = Field(sa_column=string())
    message_id: int = Field(sa_column=bigint())
    voided_seconds: int = Field(sa_column=bigint(default=0))
    owed_seconds: int = Field(sa_column=bigint(default=0))
    opened_at: datetime = Field(sa_column=moment())
    recorded_at: datetime = Field(sa_column=moment())
    closed_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    polled_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    bonus_voided_seconds: int = Field(sa_column=bigint(default=0))
