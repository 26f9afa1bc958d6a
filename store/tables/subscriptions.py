"""Tables of the capability `subscriptions`."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from domain.periods import PeriodUnit
from domain.subscriptions.subscription import LIVE_STATUSES, SubscriptionStatus
from store.tables.columns import bigint, boolean, identity, in_enum, integer, moment, one_of, string


class SubscriptionRow(SQLModel, table=True):
    """
    One product that an account pays for again every period; domain/subscriptions/subscription.py explains each column.

    The orders that pay for it name it; `order_id` and `paid_order_id` are two of them. They have no foreign key, for
    the orders' own refers to this table.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        CheckConstraint("price_minor >= 0 AND granted_seconds > 0", name="subscription_terms"),
        CheckConstraint(
            "(period_start IS NULL) = (period_end IS NULL) AND (period_start IS NULL) = (anchor_at IS NULL)"
            " AND period_end > period_start",
            name="subscription_period",
        ),
        CheckConstraint(
            "period_start IS NOT NULL OR status IN ('pending', 'cancelled')", name="subscription_began_with_a_period"
        ),
        CheckConstraint("(status = 'cancelled') = (ended_at IS NOT NULL)", name="subscription_ended_at"),
        CheckConstraint("(status = 'paused') = (paused_at IS NOT NULL)", name="subscription_paused_at"),
        CheckConstraint(
            "(next_product_id IS NULL) = (next_price_minor IS NULL)", name="subscription_next_product_has_price"
        ),
        CheckConstraint(
            "(trial_days IS NULL) = (trial_seconds IS NULL) AND trial_days > 0 AND trial_seconds > 0",
            name="subscription_trial",
        ),
        CheckConstraint(
            "trial_ends_at IS NULL OR (trial_days IS NOT NULL AND period_start IS NOT NULL)",
            name="subscription_trial_began",
        ),
        CheckConstraint("failed_attempts >= 0 AND discount_periods_left >= 0", name="subscription_counts"),
        # Two that are paid for at once would charge the buyer twice a month for what only one can have meant.
        Index("subscription_live", "account", unique=True, postgresql_where=text(in_enum("status", LIVE_STATUSES))),
        # A present that could be had twice would be had every month.
        Index(
            "subscription_trial_of_account", "account", unique=True, postgresql_where=text("trial_ends_at IS NOT NULL")
        ),
        Index("subscription_of_account", "account", "created_at", "id"),
        Index("subscription_of_status", "status", "created_at", "id"),
        Index("subscription_newest", "created_at", "id"),
        Index("subscription_due", "gateway", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: str = Field(sa_column=string(primary_key=True))
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    product: int = Field(sa_column=integer(ForeignKey("product.number")))
    gateway: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())
    price_minor: int = Field(sa_column=bigint())
    granted_seconds: int = Field(sa_column=bigint())
    valid_days: int | None = Field(default=None, sa_column=bigint(null=True))
    period: str = Field(sa_column=one_of("period_unit", *PeriodUnit))
    title: str = Field(sa_column=string())
    status: str = Field(sa_column=one_of("subscription_status", *SubscriptionStatus, default="pending"))
    locale: str | None = Field(default=None, sa_column=string(null=True))
    country: str | None = Field(default=None, sa_column=string(null=True))
    anchor_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    period_start: datetime | None = Field(default=None, sa_column=moment(null=True))
    period_end: datetime | None = Field(default=None, sa_column=moment(null=True))
    order_id: str | None = Field(default=None, sa_column=string(null=True))
    paid_order_id: str | None = Field(default=None, sa_column=string(null=True))
    failed_attempts: int = Field(sa_column=integer(default=0))
    first_failed_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    next_attempt_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    needs_buyer: bool = Field(sa_column=boolean())
    due_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    next_product_id: str | None = Field(default=None, sa_column=string(ForeignKey("product.id"), null=True))
    next_price_minor: int | None = Field(default=None, sa_column=bigint(null=True))
    discount_periods_left: int = Field(sa_column=integer(default=0))
    discounted_price_minor: int | None = Field(default=None, sa_column=bigint(null=True))
    trial_days: int | None = Field(default=None, sa_column=integer(null=True))
    trial_seconds: int | None = Field(default=None, sa_column=bigint(null=True))
    trial_ends_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    cancel_at_period_end: bool = Field(sa_column=boolean())
    cancelled_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    cancelled_by: str | None = Field(default=None, sa_column=string(null=True))
    cancel_reason: str | None = Field(default=None, sa_column=string(null=True))
    paused_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    resumes_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    message_id: int = Field(sa_column=bigint())
    created_at: datetime = Field(sa_column=moment(now=True))
    updated_at: datetime = Field(sa_column=moment(now=True))


class MethodChangeRow(SQLModel, table=True):
    """
    A subscription is charged by another saved method from then on; append-only.

    Its order of that time may be known to `old_gateway` as well, which may report late money for it.
    """

    __tablename__ = "method_change"
    __table_args__ = (Index("method_change_of_subscription", "subscription_id", "id"),)

    id: int | None = Field(default=None, sa_column=identity())
    subscription_id: str = Field(sa_column=string(ForeignKey("subscription.id")))
    method_id: int = Field(sa_column=bigint(ForeignKey("saved_method.id")))
    old_gateway: str = Field(sa_column=string())
    gateway: str = Field(sa_column=string())
    changed_by: str = Field(sa_column=string())
    reason: str | None = Field(default=None, sa_column=string(null=True))
    message_id: int = Field(sa_column=bigint())
    changed_at: datetime = Field(sa_column=moment())
