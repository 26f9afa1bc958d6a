"""The table of auto top-up: how accounts want it, and how far the present one is."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.subscriptions.topup import TopupStop
from store.tables.columns import bigint, boolean, integer, moment, one_of, string


class TopupRow(SQLModel, table=True):
    """
    Auto top-up of one account.

    `account.topup_below_seconds` repeats the threshold while a top-up may begin, so that a change of the balance costs
    no look into this table; it is NULL while none may: off, under way, or waiting. Whoever finds
    it too low sets `due_at`, at which the tick looks.
    """

    __tablename__ = "topup"
    __table_args__ = (
        CheckConstraint("threshold_seconds > 0", name="topup_threshold_positive"),
        CheckConstraint("max_per_day > 0 AND max_minor_per_day > 0", name="topup_limits_positive"),
        CheckConstraint("NOT (is_on AND stop IS NOT NULL)", name="topup_on_is_not_stopped"),
        CheckConstraint("(stop IS NULL) = (stopped_at IS NULL)", name="topup_stopped_at"),
        UniqueConstraint("account", name="topup_account"),
        Index("topup_due", "due_at", postgresql_where=text("is_on AND order_id IS NULL")),
        Index("topup_under_way", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    )

    id: str = Field(sa_column=string(primary_key=True))
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    product: int = Field(sa_column=integer(ForeignKey("product.number")))
    currency: str = Field(sa_column=string())
    threshold_seconds: int = Field(sa_column=bigint())
    max_per_day: int = Field(sa_column=integer())
    max_minor_per_day: int | None = Field(default=None, sa_column=bigint(null=True))
    cooldown_seconds: int = Field(sa_column=integer())
    method_id: int | None = Field(default=None, sa_column=bigint(ForeignKey("saved_method.id"), null=True))
    is_on: bool = Field(sa_column=boolean())
    message_id: int = Field(sa_column=bigint())
    set_at: datetime = Field(sa_column=moment())
    sequence: int = Field(sa_column=integer(default=0))
    order_id: str | None = Field(default=None, sa_column=string(null=True))
    ready_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    due_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    stop: str | None = Field(default=None, sa_column=one_of("topup_stop", *TopupStop, null=True))
    stop_code: str | None = Field(default=None, sa_column=string(null=True))
    stopped_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    created_at: datetime = Field(sa_column=moment(now=True))
    updated_at: datetime = Field(sa_column=moment(now=True))
