"""Handing notices to the channels: in the account's words, by one session for several mails."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from uuid import UUID

import orjson

from domain.ids import notice_id
from domain.notices.delivery import Channel, Delivery
from domain.notices.notice import NoticeContent
from domain.notices.owed import Notice, Recipient
from domain.notices.unsubscribe import Unsubscription, write_token
from notify.errors import AddressGone, ChannelAway
from notify.mail import MailSession
from notify.message import Envelope, build_mail, wire_address
from notify.push import MAX_PAYLOAD_BYTES, Target
from notify.render import Links, Rendered, render
from workers.context import Channels

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Post:
    """The channels while some notices are sent; those that were found away are not tried again."""

    def __init__(self, channels: Channels, resources: ExitStack, away: set[Channel]) -> None:
        self._channels = channels
        self._resources = resources
        self._session: MailSession | None = None
        self.away = away

    @property
    def is_away(self) -> bool:
        """Whether nothing that is set up here can be reached."""
        return Channel.MAIL in self.away and self._channels.push is None

    def note_away(self, channel: Channel, *, until: datetime) -> None:
        """Note that the server of a channel is away, for these notices and, until a moment, for those sent at once."""
        self.away.add(channel)
        self._channels.away_until[channel] = until

    def message_ids(self, notice: Notice) -> dict[Channel, str]:
        """Return what names a notice by each channel; the same whenever and by whomever it is sent."""
        named = notice_id(notice.account_id, notice.kind, notice.subject)
        topic = urlsafe_b64encode(UUID(named).bytes).decode().rstrip("=")
        return {Channel.MAIL: f"<{named}@{self._channels.sender.host}>", Channel.PUSH: topic}

    def send(
        self, notice: Notice, content: NoticeContent, recipient: Recipient, delivery: Delivery, *, at: datetime
    ) -> None:
        """
        Send a notice by one delivery.

        Args:
            notice: which one.
            content: what it says now.
            recipient: in whose words.
            delivery: by which channel, where to.
            at: aware UTC moment that the mail names.

        Raises:
            ChannelAway: the server is away, or none is set up.
            DeliveryDelayed: it may succeed later.
            AddressGone: nothing will ever arrive there.
            DeliveryRefused: it is refused for good.
        """
        links = Links(self._channels.portal_url, self._unsubscribe_url(notice))
        rendered = render(notice.kind, recipient.locale, recipient.quiet_hours.time_zone, content, links)
        match delivery.channel:
            case Channel.MAIL:
                self._mail(rendered, delivery, links, at)
            case Channel.PUSH:
                self._push(rendered, notice, recipient, delivery)

    def _mail(self, rendered: Rendered, delivery: Delivery, links: Links, at: datetime) -> None:
        if self._channels.mail is None:
            raise ChannelAway("no mail server is set up: SMTP_URL is empty")
        to = wire_address(delivery.address or "")
        envelope = Envelope(to, delivery.message_id, at, links.unsubscribe)
        mail = build_mail(self._channels.sender, envelope, rendered)
        if self._session is None:
            self._session = self._resources.enter_context(self._channels.mail.open())
        self._session.send(mail, to=to)

    def _push(self, rendered: Rendered, notice: Notice, recipient: Recipient, delivery: Delivery) -> None:
        if self._channels.push is None:
            raise ChannelAway("web push is not set up: VAPID_PRIVATE_KEY is empty")
        target = next((one for one in recipient.subscriptions if one.id == delivery.push_subscription), None)
        if target is None:
            raise AddressGone("the browser is gone")
        payload = _payload(rendered, notice, delivery.message_id)
        self._channels.push.send(
            payload, Target(target.endpoint, target.p256dh, target.auth), topic=delivery.message_id
        )

    def _unsubscribe_url(self, notice: Notice) -> str | None:
        if notice.kind.is_receipt or notice.kind.is_asked_for or not self._channels.unsubscribe_secret:
            return None
        said = Unsubscription(notice.account_id, notice.kind)
        return f"{self._channels.portal_url}/unsubscribe/{write_token(said, secret=self._channels.unsubscribe_secret)}"


@contextmanager
def open_post(channels: Channels, *, remembered_at: datetime | None = None) -> Iterator[Post]:
    """
    Open the channels for some notices; nothing is connected before the first.

    Args:
        channels: of this process.
        remembered_at: aware UTC; what was found away lately, seen from there, is not tried. None: everything is.
    """
    until = channels.away_until
    away = {
        channel for channel in Channel if remembered_at is not None and remembered_at < until.get(channel, _LONG_AGO)
    }
    with ExitStack() as resources:
        yield Post(channels, resources, away)


def _payload(rendered: Rendered, notice: Notice, tag: str) -> bytes:
    """Return what the service worker of the portal shows; its words are cut where they do not fit."""
    body = rendered.preheader
    while True:
        words = {
            "title": rendered.subject[:200],
            "body": body,
            "kind": notice.kind,
            "tag": tag,
            "url": rendered.task_url,
        }
        payload = orjson.dumps(words)
        if len(payload) <= MAX_PAYLOAD_BYTES:
            return payload
        body = body[: len(body) * 3 // 4]
