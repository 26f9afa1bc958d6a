"""Tables of the capability `statistics`: what Screph says was used, and comparisons of days."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlmodel import Field, SQLModel

from store.tables.columns import bigint, day, document, integer, moment, string


class UsageDayRow(SQLModel, table=True):
    """
    What Screph's own log says that an account used on a day, by days of `time_zone`; the highest revision alone.

    `session_list` has seconds by session, where Screph has named them.
    """

    __tablename__ = "usage_day"
    __table_args__ = (
        PrimaryKeyConstraint("day", "account"),
        CheckConstraint("seconds >= 0 AND sessions >= 0 AND revision > 0", name="usage_day_amounts"),
        Index("usage_day_of_account", "account", "day"),
        Index("usage_day_recorded", "recorded_at", postgresql_using="brin"),
    )

    day: date = Field(sa_column=day())
    account: int = Field(sa_column=integer())
    seconds: int = Field(sa_column=bigint())
    recorded_at: datetime = Field(sa_column=moment())
    message_id: int = Field(sa_column=bigint())
    revision: int = Field(sa_column=integer())
    sessions: int = Field(sa_column=integer())
    time_zone: str = Field(sa_column=string())
    session_list: dict[str, Any] | None = Field(default=None, sa_column=document())


class UsageSumRow(SQLModel, table=True):
    """
    A day's usage of all accounts, Screph's beside ours; `accounts` of them were reported, `differing` differ.

    `missing_seconds` were reported and not booked, `surplus_seconds` booked and not reported, account by account.
    """

    __tablename__ = "usage_sum"
    __table_args__ = (
        PrimaryKeyConstraint("day"),
        Index("usage_sum_differs", "day", postgresql_where=text("differing > 0")),
    )

    day: date = Field(sa_column=day())
    compared_at: datetime = Field(sa_column=moment())
    reported_seconds: int = Field(sa_column=bigint())
    booked_seconds: int = Field(sa_column=bigint())
    missing_seconds: int = Field(sa_column=bigint())
    surplus_seconds: int = Field(sa_column=bigint())
    accounts: int = Field(sa_column=integer())
    differing: int = Field(sa_column=integer())


class UsageDifferenceRow(SQLModel, table=True):
    """An account whose usage of a day is not what Screph's log says; NULL: that side knows nothing of it."""

    __tablename__ = "usage_difference"
    __table_args__ = (PrimaryKeyConstraint("day", "account"),)

    day: date = Field(sa_column=day())
    account: int = Field(sa_column=integer())
    reported_seconds: int | None = Field(default=None, sa_column=bigint(null=True))
    booked_seconds: int | None = Field(default=None, sa_column=bigint(null=True))


class GrantSumRow(SQLModel, table=True):
    """
    Seconds that the orders of a UTC day have promised for their money, beside what the ledger has granted for them.

    `differing` orders got other seconds than they promise.
    """

    __tablename__ = "grant_sum"
    __table_args__ = (
        PrimaryKeyConstraint("day", "gateway"),
        Index("grant_sum_differs", "day", postgresql_where=text("differing > 0")),
    )

    day: date = Field(sa_column=day())
    compared_at: datetime = Field(sa_column=moment())
    promised_seconds: int = Field(sa_column=bigint())
    granted_seconds: int = Field(sa_column=bigint())
    orders: int = Field(sa_column=integer())
    differing: int = Field(sa_column=integer())
    gateway: str = Field(sa_column=string())
