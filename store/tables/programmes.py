"""Tables of bonus programmes, and of what they have given."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.promotions.programme import Trigger
from store.tables.columns import bigint, identity, integer, moment, number, one_of, string, uuid
from store.tables.minutes import ROOM_TO_UPDATE_IN_PLACE


class ProgrammeRow(SQLModel, table=True):
    """
    A rule that gives minutes. Its row is the lock of its limits.

    `used` counts what was given and not taken back; `used_seconds` are the seconds of all that was given, less what was
    voided of them. domain/promotions/programme.py explains the rest.
    """

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("seconds > 0 AND valid_days > 0", name="programme_gives"),
        CheckConstraint("purchases >= 0 AND (trigger <> 'nth_purchase' OR purchases > 0)", name="programme_purchases"),
        CheckConstraint("after_days >= 0 AND (trigger <> 'return' OR after_days > 0)", name="programme_after_days"),
        CheckConstraint("ends_at > starts_at", name="programme_time_not_empty"),
        CheckConstraint("uses_limit > 0 AND budget_seconds > 0", name="programme_limits_positive"),
        CheckConstraint("used >= 0 AND used_seconds >= 0", name="programme_counts_not_negative"),
        CheckConstraint("(paused_at IS NULL) = (paused_by IS NULL)", name="programme_paused_by"),
        UniqueConstraint("id", name="programme_id"),
        ROOM_TO_UPDATE_IN_PLACE,
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    id: str = Field(sa_column=string())
    trigger: str = Field(sa_column=one_of("programme_trigger", *Trigger))
    seconds: int = Field(sa_column=bigint())
    valid_days: int | None = Field(default=None, sa_column=integer(null=True))
    purchases: int = Field(sa_column=integer(default=0))
    after_days: int = Field(sa_column=integer(default=0))
    product_ids: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'")))
    starts_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    ends_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    uses_limit: int | None = Field(default=None, sa_column=integer(null=True))
    budget_seconds: int | None = Field(default=None, sa_column=bigint(null=True))
    used: int = Field(sa_column=integer(default=0))
    used_seconds: int = Field(sa_column=bigint(default=0))
    paused_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    paused_by: str | None = Field(default=None, sa_column=string(null=True))
    pause_reason: str | None = Field(default=None, sa_column=string(null=True))
    message_id: int = Field(sa_column=bigint())
    created_by: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())


class ProgrammeAwardRow(SQLModel, table=True):
    """
    Minutes that a programme has given to an account, for one cause: an order's id, or a year for a birthday.

    `reversed_at`: the cause is gone, and `voided_seconds`, all that was left, were taken back.
    """

    __tablename__ = "programme_award"
    __table_args__ = (
        CheckConstraint("seconds > 0 AND voided_seconds BETWEEN 0 AND seconds", name="programme_award_seconds"),
        CheckConstraint("reversed_at IS NOT NULL OR voided_seconds = 0", name="programme_award_reversed"),
        Index("programme_award_once", "account", "programme", "cause", unique=True),
        Index("programme_award_of_programme", "programme", "id"),
        UniqueConstraint("package_id", name="programme_award_package"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    programme: int = Field(sa_column=integer(ForeignKey("programme.number")))
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    cause: str = Field(sa_column=string())
    order_id: str | None = Field(default=None, sa_column=string(ForeignKey("orders.id"), null=True))
    package_id: str = Field(sa_column=uuid())
    seconds: int = Field(sa_column=bigint())
    earned_at: datetime = Field(sa_column=moment())
    granted_at: datetime = Field(sa_column=moment())
    reversed_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    voided_seconds: int = Field(sa_column=bigint(default=0))
