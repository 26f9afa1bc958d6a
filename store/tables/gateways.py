"""Tables of what gateways know of buyers, what their webhooks say, daily totals, polls, and reviews."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from domain.gateway.setup import SetupStatus
from domain.gateway.webhook import Subject
from domain.payments.method_setup import OPEN_SETUP_STATUSES
from domain.payments.review import ReviewKind
from domain.payments.stored_method import MethodEnd
from domain.payments.webhook import OPEN_WEBHOOK_STATES, WebhookState
from store.tables.columns import (
    bigint,
    boolean,
    day,
    document,
    identity,
    in_enum,
    integer,
    moment,
    one_of,
    raw_bytes,
    string,
)

_TO_RELEASE = "end_reason = 'forgotten' AND released_at IS NULL"


class SavedMethodRow(SQLModel, table=True):
    """
    A method that can be charged again without the buyer, until it has ended.

    Those of an account are tried by `preferred_at`, the latest first. `released_at` is when its gateway had forgotten a
    method that the buyer let us forget, `warned_for` the last day of which the account has heard.
    """

    __tablename__ = "saved_method"
    __table_args__ = (
        CheckConstraint("(end_reason IS NULL) = (ended_at IS NULL)", name="saved_method_ended_at"),
        UniqueConstraint("gateway", "token", name="saved_method_token"),
        Index("saved_method_of_account", "account", "preferred_at"),
        Index("saved_method_expiring", "expires_on", postgresql_where=text("ended_at IS NULL")),
        Index(
            "saved_method_to_release",
            "ended_at",
            postgresql_where=text(_TO_RELEASE),
        ),
    )

    id: int | None = Field(default=None, sa_column=identity())
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    gateway: str = Field(sa_column=string())
    token: str = Field(sa_column=string())
    gateway_customer: str | None = Field(default=None, sa_column=string(null=True))
    label: str = Field(sa_column=string())
    expires_on: date | None = Field(default=None, sa_column=day(null=True))
    saved_at: datetime = Field(sa_column=moment(now=True))
    preferred_at: datetime = Field(sa_column=moment(now=True))
    end_reason: str | None = Field(default=None, sa_column=one_of("method_end", *MethodEnd, null=True))
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    released_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    warned_for: date | None = Field(default=None, sa_column=day(null=True))


class MethodSetupRow(SQLModel, table=True):
    """A method that is to be saved without a payment; it exists before the gateway is called."""

    __tablename__ = "method_setup"
    __table_args__ = (
        Index("method_setup_ref", "gateway", "setup_ref", unique=True),
        Index("method_setup_of_account", "account", "created_at"),
        Index("method_setup_open", "updated_at", postgresql_where=text(in_enum("status", OPEN_SETUP_STATUSES))),
        Index("method_setup_with_buyer", "created_at", postgresql_where=text("buyer_snapshot IS NOT NULL")),
    )

    id: str = Field(sa_column=string(primary_key=True))
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    gateway: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())
    status: str = Field(sa_column=one_of("setup_status", *SetupStatus, default="pending"))
    return_url: str = Field(sa_column=string())
    cancel_url: str = Field(sa_column=string())
    locale: str | None = Field(default=None, sa_column=string(null=True))
    message_id: int = Field(sa_column=bigint())
    setup_ref: str | None = Field(default=None, sa_column=string(null=True))
    redirect_url: str | None = Field(default=None, sa_column=string(null=True))
    page_expires_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    failure: str | None = Field(default=None, sa_column=string(null=True))
    called_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    polled_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    created_at: datetime = Field(sa_column=moment(now=True))
    updated_at: datetime = Field(sa_column=moment(now=True))
    buyer_snapshot: dict[str, Any] | None = Field(default=None, sa_column=document())


class GatewayCustomerRow(SQLModel, table=True):
    """A gateway's own id of an account."""

    __tablename__ = "gateway_customer"

    account: int = Field(sa_column=integer(ForeignKey("account.number"), primary_key=True))
    gateway: str = Field(sa_column=string(primary_key=True))
    customer: str = Field(sa_column=string())


class WebhookRow(SQLModel, table=True):
    """
    A webhook, once for each dedupe key, with its bytes.

    `unmatched`: no order is known for it yet; reconciliation tries it again.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        Index("webhook_with_body", "received_at", postgresql_where=text("body <> ''")),
        Index("webhook_of_ref", "ref", postgresql_where=text("body <> ''")),
        Index("webhook_open", "received_at", postgresql_where=text(in_enum("state", OPEN_WEBHOOK_STATES))),
    )

    gateway: str = Field(sa_column=string(primary_key=True))
    dedupe_key: str = Field(sa_column=string(primary_key=True))
    subject: str = Field(sa_column=one_of("webhook_subject", *Subject))
    ref: str = Field(sa_column=string())
    event: str = Field(sa_column=string())
    is_signed: bool = Field(sa_column=boolean())
    body: bytes = Field(sa_column=raw_bytes())
    state: str = Field(sa_column=one_of("webhook_state", *WebhookState, default="waiting"))
    tries: int = Field(sa_column=integer(default=0))
    note: str | None = Field(default=None, sa_column=string(null=True))
    received_at: datetime = Field(sa_column=moment(now=True))
    tried_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class GatewaySumRow(SQLModel, table=True):
    """A day's money by gateway and currency, ours beside the gateway's."""

    __tablename__ = "gateway_sum"
    __table_args__ = (
        Index(
            "gateway_sum_differs",
            "day",
            postgresql_where=text(
                "ours_captured_minor <> theirs_captured_minor OR ours_refunded_minor <> theirs_refunded_minor"
            ),
        ),
    )

    day: datetime = Field(sa_column=moment(primary_key=True))
    gateway: str = Field(sa_column=string(primary_key=True))
    currency: str = Field(sa_column=string(primary_key=True))
    ours_captured_minor: int = Field(sa_column=bigint())
    theirs_captured_minor: int = Field(sa_column=bigint())
    ours_refunded_minor: int = Field(sa_column=bigint())
    theirs_refunded_minor: int = Field(sa_column=bigint())
    compared_at: datetime = Field(sa_column=moment(now=True))


class GatewayPollRow(SQLModel, table=True):
    """The last poll of a gateway by a job; `note` says what was not read, `unread_since` since when that is so."""

    __tablename__ = "gateway_poll"
    __table_args__ = (
        CheckConstraint("(unread_since IS NULL) = (note IS NULL)", name="gateway_poll_says_why"),
        Index("gateway_poll_unread", "unread_since", postgresql_where=text("unread_since IS NOT NULL")),
    )

    gateway: str = Field(sa_column=string(primary_key=True))
    job: str = Field(sa_column=string(primary_key=True))
    ended_at: datetime = Field(sa_column=moment())
    unread_since: datetime | None = Field(default=None, sa_column=moment(null=True))
    note: str | None = Field(default=None, sa_column=string(null=True))


class UnappliedPaymentRow(SQLModel, table=True):
    """Money that came for an order and bought nothing: a second payment of it, or another amount than its price."""

    __tablename__ = "unapplied_payment"
    __table_args__ = (Index("unapplied_payment_of_order", "order_id"),)

    gateway: str = Field(sa_column=string(primary_key=True))
    payment_ref: str = Field(sa_column=string(primary_key=True))
    order_id: str = Field(sa_column=string(ForeignKey("orders.id")))
    currency: str = Field(sa_column=string())
    amount_minor: int = Field(sa_column=bigint())
    refunded_minor: int = Field(sa_column=bigint(default=0))
    recorded_at: datetime = Field(sa_column=moment(now=True))


class ReviewResolutionRow(SQLModel, table=True):
    """What a person decided about a review item, as the item read then; append-only."""

    __tablename__ = "review_resolution"
    __table_args__ = (Index("review_resolution_of_item", "ref"),)

    id: int | None = Field(default=None, sa_column=identity())
    kind: str = Field(sa_column=one_of("review_kind", *ReviewKind))
    gateway: str = Field(sa_column=string())
    ref: str = Field(sa_column=string())
    sentence: str = Field(sa_column=string())
    outcome: str | None = Field(default=None, sa_column=string(null=True))
    reason: str = Field(sa_column=string())
    resolved_by: str = Field(sa_column=string())
    message_id: int = Field(sa_column=bigint())
    resolved_at: datetime = Field(sa_column=moment())
