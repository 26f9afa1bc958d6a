"""Tables of the capability `payments`: orders, refunds, disputes, saved methods, and webhooks as they came."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.tables.columns import bigint, boolean, document, identity, integer, moment, raw_bytes, string

_OPEN_ORDER = "status IN ('pending', 'action_required', 'approved')"
_OPEN_REFUND = "status IN ('frozen', 'sent', 'unknown')"


class OrderRow(SQLModel, table=True):
    """
    One purchase of one product through one gateway; it exists before the gateway is asked.

    The gateway's two ids are unique, so one payment can pay one order only. `package_id` is the
    package it granted. `called_at` is when the present call's key was first used, `buyer_snapshot` who the
    buyer was then.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'action_required', 'approved', 'failed', 'expired', 'paid')", name="orders_status"
        ),
        CheckConstraint("price_minor >= 0", name="orders_price_not_negative"),
        CheckConstraint("granted_seconds > 0", name="orders_grant_positive"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="orders_paid_at"),
        CheckConstraint("(status = 'paid') = (package_id IS NOT NULL)", name="orders_paid_is_granted"),
        Index("orders_checkout", "gateway", "checkout_ref", unique=True),
        Index("orders_payment", "gateway", "payment_ref", unique=True),
        Index("orders_package", "package_id", unique=True),
        Index("orders_of_account", "account_id", "created_at"),
        Index("orders_open", "updated_at", postgresql_where=text(_OPEN_ORDER)),
        Index("orders_in_question", "updated_at", postgresql_where=text("needs_review")),
    )

    id: str = Field(sa_column=string(primary_key=True))
    account_id: str = Field(sa_column=string(ForeignKey("account.id")))
    product_id: str = Field(sa_column=string(ForeignKey("product.id")))
    gateway: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())
    price_minor: int = Field(sa_column=bigint())
    granted_seconds: int = Field(sa_column=bigint())
    valid_days: int | None = Field(default=None, sa_column=bigint(null=True))
    status: str = Field(sa_column=string(default="pending"))
    saves_method: bool = Field(sa_column=boolean())
    title: str = Field(sa_column=string())
    return_url: str = Field(sa_column=string())
    cancel_url: str = Field(sa_column=string())
    locale: str | None = Field(default=None, sa_column=string(null=True))
    message_id: int = Field(sa_column=bigint())
    checkout_ref: str | None = Field(default=None, sa_column=string(null=True))
    payment_ref: str | None = Field(default=None, sa_column=string(null=True))
    redirect_url: str | None = Field(default=None, sa_column=string(null=True))
    checkout_expires_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    package_id: str | None = Field(default=None, sa_column=string(null=True))
    failure: str | None = Field(default=None, sa_column=string(null=True))
    needs_review: bool = Field(sa_column=boolean())
    called_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    polled_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    paid_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    created_at: datetime = Field(sa_column=moment(now=True))
    updated_at: datetime = Field(sa_column=moment(now=True))
    buyer_snapshot: dict[str, Any] | None = Field(default=None, sa_column=document())


class RefundRow(SQLModel, table=True):
    """
    Money given back, or to be.

    `void_seconds` are frozen while it is under way and voided when it has succeeded. `origin` tells who
    began it: we, or somebody in the gateway's dashboard. `settled_at` is the gateway's own moment.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("status IN ('frozen', 'sent', 'unknown', 'succeeded', 'failed')", name="refund_status"),
        CheckConstraint("origin IN ('ours', 'gateway')", name="refund_origin"),
        CheckConstraint("amount_minor > 0 AND void_seconds >= 0", name="refund_amounts"),
        Index("refund_ref", "gateway", "refund_ref", unique=True),
        Index("refund_of_order", "order_id"),
        Index("refund_open", "updated_at", postgresql_where=text(_OPEN_REFUND)),
    )

    id: str = Field(sa_column=string(primary_key=True))
    order_id: str = Field(sa_column=string(ForeignKey("orders.id")))
    gateway: str = Field(sa_column=string())
    refund_ref: str | None = Field(default=None, sa_column=string(null=True))
    origin: str = Field(sa_column=string())
    status: str = Field(sa_column=string())
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
    settled_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    created_at: datetime = Field(sa_column=moment(now=True))
    updated_at: datetime = Field(sa_column=moment(now=True))
    buyer_snapshot: dict[str, Any] | None = Field(default=None, sa_column=document())


class DisputeRow(SQLModel, table=True):
    """A payment that its payer's bank takes back, or tries to."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'won', 'lost')", name="dispute_status"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="dispute_closed_at"),
        UniqueConstraint("gateway", "dispute_ref", name="dispute_ref"),
        Index("dispute_of_order", "order_id"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    order_id: str = Field(sa_column=string(ForeignKey("orders.id")))
    gateway: str = Field(sa_column=string())
    dispute_ref: str = Field(sa_column=string())
    status: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())
    amount_minor: int = Field(sa_column=bigint())
    reason: str = Field(sa_column=string())
    message_id: int = Field(sa_column=bigint())
    opened_at: datetime = Field(sa_column=moment())
    closed_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class SavedMethodRow(SQLModel, table=True):
    """A method that can be charged again without the buyer; the newest of an account and gateway counts."""

    __tablename__ = "saved_method"
    __table_args__ = (
        UniqueConstraint("gateway", "token", name="saved_method_token"),
        Index("saved_method_of_account", "account_id", "gateway"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    account_id: str = Field(sa_column=string(ForeignKey("account.id")))
    gateway: str = Field(sa_column=string())
    token: str = Field(sa_column=string())
    gateway_customer: str | None = Field(default=None, sa_column=string(null=True))
    label: str = Field(sa_column=string())
    saved_at: datetime = Field(sa_column=moment(now=True))


class GatewayCustomerRow(SQLModel, table=True):
    """A gateway's own id of an account."""

    __tablename__ = "gateway_customer"

    account_id: str = Field(sa_column=string(ForeignKey("account.id"), primary_key=True))
    gateway: str = Field(sa_column=string(primary_key=True))
    customer: str = Field(sa_column=string())


class WebhookRow(SQLModel, table=True):
    """
    A webhook, once for each dedupe key, with its bytes.

    `unmatched`: no order of ours is known for it yet; reconciliation tries it again.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'applied', 'unmatched', 'ignored')", name="webhook_state"),
        Index("webhook_open", "received_at", postgresql_where=text("state IN ('waiting', 'unmatched')")),
    )

    gateway: str = Field(sa_column=string(primary_key=True))
    dedupe_key: str = Field(sa_column=string(primary_key=True))
    subject: str = Field(sa_column=string())
    ref: str = Field(sa_column=string())
    event: str = Field(sa_column=string())
    is_signed: bool = Field(sa_column=boolean())
    body: bytes = Field(sa_column=raw_bytes())
    state: str = Field(sa_column=string(default="waiting"))
    tries: int = Field(sa_column=integer(default=0))
    note: str | None = Field(default=None, sa_column=string(null=True))
    received_at: datetime = Field(sa_column=moment(now=True))
    tried_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class GatewaySumRow(SQLModel, table=True):
    """A day's money by gateway and currency, ours beside the gateway's."""

    __tablename__ = "gateway_sum"

    day: datetime = Field(sa_column=moment(primary_key=True))
    gateway: str = Field(sa_column=string(primary_key=True))
    currency: str = Field(sa_column=string(primary_key=True))
    ours_captured_minor: int = Field(sa_column=bigint())
    theirs_captured_minor: int = Field(sa_column=bigint())
    ours_refunded_minor: int = Field(sa_column=bigint())
    theirs_refunded_minor: int = Field(sa_column=bigint())
    compared_at: datetime = Field(sa_column=moment(now=True))
