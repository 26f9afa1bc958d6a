"""Tables of the capability `notices`: what is owed, its deliveries, and how accounts want to hear of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.notices.delivery import Channel, DeliveryState, NoticeState
from domain.notices.notice import NoticeKind
from store.tables.columns import bigint, boolean, document, identity, integer, moment, one_of, string


class NoticeRow(SQLModel, table=True):
    """
    Something that an account is to hear of, once.

    `content` is what its template says; the text itself is made anew for each attempt and stored nowhere. `due_at` is
    when it is tried next; while somebody sends it, when they count as dead. `reason` says why it was dropped or
    failed.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="notice_ended_at"),
        CheckConstraint("state NOT IN ('dropped', 'failed') OR reason IS NOT NULL", name="notice_reason"),
        UniqueConstraint("kind", "subject", "account", name="notice_once"),
        Index("notice_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
        Index("notice_of_account", "account", "id"),
        Index("notice_by_state", "state", "id"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    owed_at: datetime = Field(sa_column=moment())
    due_at: datetime = Field(sa_column=moment())
    not_before: datetime | None = Field(default=None, sa_column=moment(null=True))
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    kind: str = Field(sa_column=one_of("notice_kind", *NoticeKind))
    state: str = Field(sa_column=one_of("notice_state", *NoticeState, default="waiting"))
    subject: str = Field(sa_column=string())
    content: dict[str, Any] = Field(sa_column=document(null=False))
    reason: str | None = Field(default=None, sa_column=string(null=True))


class NoticeDeliveryRow(SQLModel, table=True):
    """
    A notice on its way by one channel to one address.

    `push_subscription` is the browser, 0 for a mail; `address` the mail's, erased with what is old. `attempts`
    counts those that have begun; `message_id` is the same for all of them.
    """

    __tablename__ = "notice_delivery"
    __table_args__ = (
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="notice_delivery_sent_at"),
        CheckConstraint("attempts >= 0", name="notice_delivery_attempts"),
        Index("notice_delivery_address", "next_attempt_at", postgresql_where=text("address IS NOT NULL")),
    )

    notice: int = Field(sa_column=bigint(ForeignKey("notice.id"), primary_key=True, autoincrement=False))
    push_subscription: int = Field(sa_column=bigint(primary_key=True, autoincrement=False))
    channel: str = Field(sa_column=one_of("notice_channel", *Channel, primary_key=True))
    next_attempt_at: datetime = Field(sa_column=moment())
    sent_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    attempts: int = Field(sa_column=integer(default=0))
    state: str = Field(sa_column=one_of("delivery_state", *DeliveryState, default="waiting"))
    message_id: str = Field(sa_column=string())
    address: str | None = Field(default=None, sa_column=string(null=True))
    last_error: str | None = Field(default=None, sa_column=string(null=True))


class NoticePreferenceRow(SQLModel, table=True):
    """
    Whether an account wants notices of a kind, or of all kinds, by a channel; without a row it does.

    `kind` is a notice's kind or `all`; the kind's own row comes first.
    """

    __tablename__ = "notice_preference"

    account: int = Field(sa_column=integer(ForeignKey("account.number"), primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=string(primary_key=True))
    channel: str = Field(sa_column=one_of("notice_channel", *Channel, primary_key=True))
    is_wanted: bool = Field(sa_column=boolean())
    changed_at: datetime = Field(sa_column=moment())


class PushSubscriptionRow(SQLModel, table=True):
    """
    A browser of an account that takes web push: its address at the push service, and its keys.

    `gone_at`: the service does not know it any more, or the account has withdrawn it.
    """

    __tablename__ = "push_subscription"
    __table_args__ = (
        UniqueConstraint("endpoint", name="push_subscription_endpoint"),
        Index("push_subscription_live", "account", postgresql_where=text("gone_at IS NULL")),
        Index("push_subscription_account", "account"),
        Index("push_subscription_gone", "gone_at", postgresql_where=text("gone_at IS NOT NULL")),
    )

    id: int | None = Field(default=None, sa_column=identity())
    created_at: datetime = Field(sa_column=moment())
    gone_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    endpoint: str = Field(sa_column=string())
    p256dh: str = Field(sa_column=string())
    auth: str = Field(sa_column=string())
