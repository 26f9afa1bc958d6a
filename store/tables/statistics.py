"""Tables of the capability `statistics`: sums of what happened, by quarter of an hour and by day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlmodel import Field, SQLModel

from domain.minutes.entry import EntryKind
from domain.payments.order import PurchaseKind
from store.tables.columns import bigint, boolean, day, document, identity, integer, moment, one_of, string

MONEY = ("gross_minor", "discount_minor", "fee_minor", "refunded_minor", "lost_minor")
COUNTS = ("orders", "free_orders", "refunds", "disputes")


class MoneyChangeRow(SQLModel, table=True):
    """
    A change of money that is not counted yet; triggers of orders, refunds and disputes write it.

    Whoever counts it deletes it in the same transaction, so each is counted once, whatever the order of commits and
    whatever the clocks say. What is taken back (a refund that failed after all, a dispute that is won at last) comes
    as the same amount with the other sign, at the same moment. `recorded_at` is when it was heard of, NULL where nobody
    has noted it; then it is when it is counted.
    """

    __tablename__ = "money_change"

    id: int | None = Field(default=None, sa_column=identity())
    happened_at: datetime = Field(sa_column=moment())
    recorded_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    account: int = Field(sa_column=integer())
    product: int = Field(sa_column=integer())
    kind: str = Field(sa_column=one_of("purchase_kind", *PurchaseKind))
    is_test: bool = Field(sa_column=boolean())
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


class BucketMoneyRow(SQLModel, table=True):
    """Money that moved in a UTC quarter of an hour, by the gateway's moments; currencies are never added."""

    __tablename__ = "bucket_money"
    __table_args__ = (PrimaryKeyConstraint("bucket", "currency", "gateway", "product", "kind", "is_test"),)

    bucket: datetime = Field(sa_column=moment())
    product: int = Field(sa_column=integer())
    kind: str = Field(sa_column=one_of("purchase_kind", *PurchaseKind))
    is_test: bool = Field(sa_column=boolean())
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


class BucketMinutesRow(SQLModel, table=True):
    """
    Lines of the ledger that were booked in a UTC quarter of an hour; `package_kind` is `none` for debt and what is
    forgiven. `seconds` has the sign that the lines have.
    """

    __tablename__ = "bucket_minutes"
    __table_args__ = (
        PrimaryKeyConstraint("bucket", "package_kind", "entry_kind", "is_test"),
        CheckConstraint("lines > 0", name="bucket_minutes_has_lines"),
    )

    bucket: datetime = Field(sa_column=moment())
    seconds: int = Field(sa_column=bigint())
    lines: int = Field(sa_column=bigint())
    entry_kind: str = Field(sa_column=one_of("entry_kind", *EntryKind))
    is_test: bool = Field(sa_column=boolean())
    package_kind: str = Field(sa_column=string())


class AccountDayRow(SQLModel, table=True):
    """
    What an account used on a day of the business zone, by the moments at which it happened; usages that were reversed
    are taken out again. The day stands first: who was active is asked of days.
    """

    __tablename__ = "account_day"
    __table_args__ = (
        PrimaryKeyConstraint("day", "account"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    day: date = Field(sa_column=day())
    account: int = Field(sa_column=integer())
    seconds: int = Field(sa_column=bigint())
    usages: int = Field(sa_column=integer())


class AccountFirstRow(SQLModel, table=True):
    """The days of the business zone on which an account paid and used for the first time."""

    __tablename__ = "account_first"
    __table_args__ = (
        Index("account_first_paid", "paid_day", postgresql_where=text("paid_day IS NOT NULL")),
        Index("account_first_used", "used_day", postgresql_where=text("used_day IS NOT NULL")),
    )

    account: int = Field(sa_column=integer(primary_key=True, autoincrement=False))
    paid_day: date | None = Field(default=None, sa_column=day(null=True))
    used_day: date | None = Field(default=None, sa_column=day(null=True))


class DayActivityRow(SQLModel, table=True):
    """How many accounts were active on a day that is over, in the seven and in the thirty days that end with it."""

    __tablename__ = "day_activity"
    __table_args__ = (PrimaryKeyConstraint("day"),)

    day: date = Field(sa_column=day())
    counted_at: datetime = Field(sa_column=moment())
    seconds: int = Field(sa_column=bigint())
    usages: int = Field(sa_column=bigint())
    of_day: int = Field(sa_column=integer())
    of_week: int = Field(sa_column=integer())
    of_month: int = Field(sa_column=integer())


class DayDeferredRow(SQLModel, table=True):
    """
    What was paid and not used yet when a day was over; it cannot be had later.

    `net_minor` is all that was ever sold less what went back, as of the same moment: earned is the difference of two
    days' `net_minor - deferred_minor`. `expired_minor` is the part of it that expired unused, and `waived_minor` what
    went back although the minutes were used, or are.
    """

    __tablename__ = "day_deferred"
    __table_args__ = (PrimaryKeyConstraint("day", "currency", "kind", "product"),)

    day: date = Field(sa_column=day())
    taken_at: datetime = Field(sa_column=moment())
    deferred_minor: int = Field(sa_column=bigint())
    net_minor: int = Field(sa_column=bigint())
    expired_minor: int = Field(sa_column=bigint(default=0))
    waived_minor: int = Field(sa_column=bigint(default=0))
    seconds: int = Field(sa_column=bigint())
    product: int = Field(sa_column=integer())
    kind: str = Field(sa_column=one_of("purchase_kind", *PurchaseKind))
    currency: str = Field(sa_column=string())


class LateChangeRow(SQLModel, table=True):
    """By how much a quarter of a day that was over has changed, and when; `currency` is empty for seconds."""

    __tablename__ = "late_change"
    __table_args__ = (PrimaryKeyConstraint("bucket", "what", "currency", "changed_on"),)

    bucket: datetime = Field(sa_column=moment())
    amount: int = Field(sa_column=bigint())
    changed_on: date = Field(sa_column=day())
    what: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())


class StatisticsStateRow(SQLModel, table=True):
    """
    How far everything is counted; one row, whose lock is the turn of whoever counts.

    `minutes_until` and `activity_until` are ends of quarters of an hour; all that was booked before is counted.
    Days from `changed_from` on want to be counted again.
    """

    __tablename__ = "statistics_state"
    __table_args__ = (CheckConstraint("number = 1", name="statistics_state_is_one"),)

    number: int = Field(sa_column=integer(primary_key=True, autoincrement=False))
    minutes_until: datetime | None = Field(default=None, sa_column=moment(null=True))
    activity_until: datetime | None = Field(default=None, sa_column=moment(null=True))
    counted_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    changed_from: date | None = Field(default=None, sa_column=day(null=True))
    zone: str = Field(sa_column=string())


class AuditRunRow(SQLModel, table=True):
    """A verdict of the audit; `broken` has the names of the invariants that did not hold, and of how many rows."""

    __tablename__ = "audit_run"
    __table_args__ = (Index("audit_run_newest", "ended_at"),)

    id: int | None = Field(default=None, sa_column=identity())
    began_at: datetime = Field(sa_column=moment())
    ended_at: datetime = Field(sa_column=moment())
    invariants: int = Field(sa_column=integer())
    broken: dict[str, Any] = Field(sa_column=document(null=False))
