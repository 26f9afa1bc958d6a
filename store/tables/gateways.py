"""Tables of what gateways know of buyers, what their webhooks say, daily totals, polls, and reviews."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from domain.gateway.webhook import Subject
from domain.payments.review import ReviewKind
from domain.payments.webhook import OPEN_WEBHOOK_STATES, WebhookState
from store.tables.columns import (
    bigint,
    boolean,
    identity,
    in_enum,
    integer,
    moment,
    one_of,
    raw_bytes,
    string,
)


class SavedMethodRow(SQLModel, table=True):
    """A method that can be charged again without the buyer; the newest of an account and gateway counts."""

    __tablename__ = "saved_method"
    __table_args__ = (
        UniqueConstraint("gateway", "token", name="saved_method_token"),
        Index("saved_method_of_account", "account", "gateway"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    gateway: str = Field(sa_column=string())
    token: str = Field(sa_column=string())
    gateway_customer: str | None = Field(default=None, sa_column=string(null=True))
    label: str = Field(sa_column=string())
    saved_at: datetime = Field(sa_column=moment(now=True))


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
