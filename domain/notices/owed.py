"""A notice that is owed, and whom it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.notices.delivery import Channel, NoticeState
from domain.notices.notice import NoticeKind
from domain.notices.quiet_hours import QuietHours

ALL_KINDS = "all"
"""In a preference, instead of a kind."""


@dataclass(frozen=True, slots=True)
class Notice:
    """
    Something that an account is to hear of, once for its kind and subject.

    `content` is its JSON. `due_at` is when it is tried next.
    """

    id: int
    account_id: str
    kind: NoticeKind
    state: NoticeState
    subject: str
    content: Mapping[str, Any]
    owed_at: datetime
    due_at: datetime
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A browser that takes web push: its address at the push service, its public key and its secret."""

    id: int
    endpoint: str
    p256dh: str
    auth: str


def is_wanted(said: Mapping[tuple[str, Channel], bool], kind: NoticeKind, channel: Channel) -> bool:
    """Tell whether a kind is wanted by a channel: what was said of it comes before what was said of all."""
    for said_of in (kind, ALL_KINDS):
        if (wanted := said.get((said_of, channel))) is not None:
            return wanted
    return True


@dataclass(frozen=True, slots=True)
class Recipient:
    """
    An account as notices see it.

    `email` is None when none is known or the known one was refused for good (`is_mail_bad`). `preferences` are what
    the account has said: (kind or `all`, channel) -> whether it wants them.
    """

    account_id: str
    email: str | None = None
    is_mail_bad: bool = False
    locale: str | None = None
    is_closed: bool = False
    quiet_hours: QuietHours = field(default_factory=QuietHours)
    subscriptions: tuple[PushSubscription, ...] = ()
    preferences: Mapping[tuple[str, Channel], bool] = field(default_factory=dict)

    def wants(self, kind: NoticeKind, channel: Channel) -> bool:
        """
        Tell whether a notice goes out to the account by a channel.

        Receipts always go out by mail, and what was asked for by mail and no other way.
        """
        if kind.is_asked_for:
            return channel is Channel.MAIL
        return (kind.is_receipt and channel is Channel.MAIL) or is_wanted(self.preferences, kind, channel)
