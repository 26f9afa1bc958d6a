"""Tables of the capability `statistics`: sums by day of the business zone, nightly snapshots, and cohorts."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint
from sqlmodel import Field, SQLModel

from domain.minutes.entry import EntryKind
from domain.payments.attempt import AttemptOutcome
from domain.payments.order import PurchaseKind
from store.tables.columns import bigint, boolean, day, integer, moment, one_of, string


class DayTakenRow(SQLModel, table=True):
    """
    Something that is taken day by day was taken of a day (or of a month, by its first day).

    Not `is_final`: it may still change, so it is taken again. A snapshot that has no row here is missing.
    """

    __tablename__ = "day_taken"
    __table_args__ = (PrimaryKeyConstraint("what", "day"),)

    day: date = Field(sa_column=day())
    taken_at: datetime = Field(sa_column=moment())
    is_final: bool = Field(sa_column=boolean())
    what: str = Field(sa_column=string())


class DayMoneyRow(SQLModel, table=True):
    """The sums of `bucket_money` by day of the business zone, without accounts for tests."""

    __tablename__ = "day_money"
    __table_args__ = (PrimaryKeyConstraint("day", "currency", "gateway", "product", "kind"),)

    day: date = Field(sa_column=day())
    product: int = Field(sa_column=integer())
    kind: str = Field(sa_column=one_of("purchase_kind", *PurchaseKind))
    gateway: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())
    gross_minor: int = Field(sa_column=bigint(default=0))
    discount_minor: int = Field(sa_column=bigint(default=0))
    fee_minor: int = Field(sa_column=bigint(default=0))
    refunded_minor: int = Field(sa_column=bigint(default=0))
    lost_minor: int = Field(sa_column=bigint(default=0))
    orders: int = Field(sa_column=integer(default=0))
    free_orders: int = Field(sa_column=integer(default=0))
    refunds: int = Field(sa_column=integer(default=0))
    disputes: int = Field(sa_column=integer(default=0))


class DayMinutesRow(SQLModel, table=True):
    """The sums of `bucket_minutes` by day of the business zone, without accounts for tests."""

    __tablename__ = "day_minutes"
    __table_args__ = (PrimaryKeyConstraint("day", "package_kind", "entry_kind"),)

    day: date = Field(sa_column=day())
    seconds: int = Field(sa_column=bigint())
    lines: int = Field(sa_column=bigint())
    entry_kind: str = Field(sa_column=one_of("entry_kind", *EntryKind))
    package_kind: str = Field(sa_column=string())


class DaySubscriptionRow(SQLModel, table=True):
    """
    Subscriptions as they stood when a day was over; it cannot be had later.

    `status` is the subscription's own, or `trial` before its first payment. `is_ending`: it is cancelled and ends with
    its period. `mrr_minor` is 0 unless it is active or past due.
    """

    __tablename__ = "day_subscription"
    __table_args__ = (PrimaryKeyConstraint("day", "currency", "product", "gateway", "status", "is_ending"),)

    day: date = Field(sa_column=day())
    mrr_minor: int = Field(sa_column=bigint())
    product: int = Field(sa_column=integer())
    subscriptions: int = Field(sa_column=integer())
    is_ending: bool = Field(sa_column=boolean())
    currency: str = Field(sa_column=string())
    gateway: str = Field(sa_column=string())
    status: str = Field(sa_column=string())


class SubscriptionValueRow(SQLModel, table=True):
    """What a subscription is worth in a month, from the end of a day on; a row for each change, seen at night."""

    __tablename__ = "subscription_value"
    __table_args__ = (
        PrimaryKeyConstraint("subscription_id", "day"),
        Index("subscription_value_of_account", "account", "day"),
    )

    day: date = Field(sa_column=day())
    mrr_minor: int = Field(sa_column=bigint())
    account: int = Field(sa_column=integer())
    subscription_id: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())


class MonthSubscriptionRow(SQLModel, table=True):
    """
    How recurring money moved between two month ends, account by account.

    `since` and `until` are the days at whose ends the two snapshots were taken: the last ones that there are, where a
    night was missed. `subscribers` had recurring money at the start; `ended_by_buyer` and `ended_unpaid` of them ended.
    """

    __tablename__ = "month_subscription"
    __table_args__ = (
        PrimaryKeyConstraint("month", "currency"),
        CheckConstraint(
            "start_minor + new_minor + expansion_minor - contraction_minor - churn_minor + reactivation_minor"
            " = end_minor",
            name="month_subscription_adds_up",
        ),
    )

    month: date = Field(sa_column=day())
    since: date = Field(sa_column=day())
    until: date = Field(sa_column=day())
    start_minor: int = Field(sa_column=bigint())
    new_minor: int = Field(sa_column=bigint())
    expansion_minor: int = Field(sa_column=bigint())
    contraction_minor: int = Field(sa_column=bigint())
    churn_minor: int = Field(sa_column=bigint())
    reactivation_minor: int = Field(sa_column=bigint())
    end_minor: int = Field(sa_column=bigint())
    subscribers: int = Field(sa_column=integer())
    ended_by_buyer: int = Field(sa_column=integer())
    ended_unpaid: int = Field(sa_column=integer())
    currency: str = Field(sa_column=string())


class DayTrialRow(SQLModel, table=True):
    """Trials that ended on a day, and how many of them were paid for in time."""

    __tablename__ = "day_trial"
    __table_args__ = (PrimaryKeyConstraint("day", "currency", "product", "gateway"),)

    day: date = Field(sa_column=day())
    product: int = Field(sa_column=integer())
    ended: int = Field(sa_column=integer())
    paid: int = Field(sa_column=integer())
    currency: str = Field(sa_column=string())
    gateway: str = Field(sa_column=string())


class DayDunningRow(SQLModel, table=True):
    """
    Renewals whose first charge failed on a day: `retry` is the class of that decline, `paid_by` the attempt that
    brought the money in time, 0 for none.
    """

    __tablename__ = "day_dunning"
    __table_args__ = (PrimaryKeyConstraint("day", "currency", "gateway", "retry", "paid_by"),)

    day: date = Field(sa_column=day())
    amount_minor: int = Field(sa_column=bigint())
    paid_by: int = Field(sa_column=integer())
    renewals: int = Field(sa_column=integer())
    currency: str = Field(sa_column=string())
    gateway: str = Field(sa_column=string())
    retry: str = Field(sa_column=string())


class DayAttemptRow(SQLModel, table=True):
    """Attempts to get money on a day, by what came of them; `retry` and `code` are empty where nothing was said."""

    __tablename__ = "day_attempt"
    __table_args__ = (PrimaryKeyConstraint("day", "gateway", "kind", "outcome", "retry", "code"),)

    day: date = Field(sa_column=day())
    attempts: int = Field(sa_column=integer())
    kind: str = Field(sa_column=one_of("purchase_kind", *PurchaseKind))
    outcome: str = Field(sa_column=one_of("attempt_outcome", *AttemptOutcome))
    gateway: str = Field(sa_column=string())
    retry: str = Field(sa_column=string())
    code: str = Field(sa_column=string())


class DayLinkRow(SQLModel, table=True):
    """
    Orders of a day that cost something and are paid on a page of the gateway: the funnel.

    `paid_soon` were paid within 24 hours, `paid` within 10 days; `used` are paid ones whose account used anything
    within 7 days. `wishes` are orders without another one of the account for the product in the hour before, and
    `wishes_paid` those of them of which one of that hour was paid within 24 hours.
    """

    __tablename__ = "day_link"
    __table_args__ = (PrimaryKeyConstraint("day", "gateway", "currency"),)

    day: date = Field(sa_column=day())
    orders: int = Field(sa_column=integer())
    links: int = Field(sa_column=integer())
    opened: int = Field(sa_column=integer())
    paid_soon: int = Field(sa_column=integer())
    paid: int = Field(sa_column=integer())
    failed: int = Field(sa_column=integer())
    expired: int = Field(sa_column=integer())
    used: int = Field(sa_column=integer())
    wishes: int = Field(sa_column=integer())
    wishes_paid: int = Field(sa_column=integer())
    gateway: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())


class DayPayerRow(SQLModel, table=True):
    """
    Accounts that paid on a day, by the day on which they had paid last before; 1970-01-01 for never.

    So the accounts that paid in any period are a sum: of its days, those who had not paid in it before.
    """

    __tablename__ = "day_payer"
    __table_args__ = (PrimaryKeyConstraint("currency", "day", "paid_before"),)

    paid_before: date = Field(sa_column=day())
    day: date = Field(sa_column=day())
    accounts: int = Field(sa_column=integer())
    currency: str = Field(sa_column=string())


class DayFirstRow(SQLModel, table=True):
    """Accounts that used, and that paid, for the first time on a day."""

    __tablename__ = "day_first"
    __table_args__ = (PrimaryKeyConstraint("day"),)

    day: date = Field(sa_column=day())
    first_used: int = Field(sa_column=integer())
    first_paid: int = Field(sa_column=integer())


class MonthRetentionRow(SQLModel, table=True):
    """
    How many accounts of a cohort did something in a month that is over.

    `cohort` is the month in which they did `began` (`paid` or `used`) for the first time, `size` all of them;
    `accounts` did `did` (the same words) in the month.
    """

    __tablename__ = "month_retention"
    __table_args__ = (PrimaryKeyConstraint("month", "cohort", "began", "did"),)

    month: date = Field(sa_column=day())
    cohort: date = Field(sa_column=day())
    size: int = Field(sa_column=integer())
    accounts: int = Field(sa_column=integer())
    began: str = Field(sa_column=string())
    did: str = Field(sa_column=string())


class DayPromotionRow(SQLModel, table=True):
    """
    All that a promotion, programme, campaign or the referrals have cost by the end of a day; it cannot be had later.

    `source` says of which kind it is, `number` which one, 0 where there is one only. `currency` is that of the orders
    it came with, empty where it came without one. What was granted is used, open, or gone by expiry or voiding.
    """

    __tablename__ = "day_promotion"
    __table_args__ = (PrimaryKeyConstraint("day", "source", "number", "currency"),)

    day: date = Field(sa_column=day())
    discount_minor: int = Field(sa_column=bigint())
    granted_seconds: int = Field(sa_column=bigint())
    used_seconds: int = Field(sa_column=bigint())
    open_seconds: int = Field(sa_column=bigint())
    number: int = Field(sa_column=integer())
    orders: int = Field(sa_column=integer())
    source: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())


class MonthBreakageRow(SQLModel, table=True):
    """
    What has become of all minutes that could be used from a month on, as of last night.

    What was granted was voided, has expired, is open, or was used; while something is open, nobody knows how much of
    it will expire.
    """

    __tablename__ = "month_breakage"
    __table_args__ = (PrimaryKeyConstraint("month", "package_kind"),)

    month: date = Field(sa_column=day())
    granted_seconds: int = Field(sa_column=bigint())
    voided_seconds: int = Field(sa_column=bigint())
    expired_seconds: int = Field(sa_column=bigint())
    open_seconds: int = Field(sa_column=bigint())
    package_kind: str = Field(sa_column=string())
