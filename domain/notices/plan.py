"""By which deliveries a notice reaches an account."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from domain.notices.delivery import Channel, Delivery, DeliveryState
from domain.notices.notice import NoticeKind
from domain.notices.owed import Recipient

MessageIds = dict[Channel, str]
"""What names the notice by each channel, for ever."""


def plan_deliveries(
    kind: NoticeKind, recipient: Recipient, present: Iterable[Delivery], message_ids: MessageIds, *, now: datetime
) -> list[Delivery]:
    """
    Return the deliveries of a notice as they are to be now.

    What was sent or has failed stays. What waits goes to the address that counts now; where the account has none any
    more, or does not want it any more, it fails. For each address without a delivery there is a new one, due at once.

    Args:
        kind: of the notice.
        recipient: as they are now.
        present: the deliveries that there are.
        message_ids: for new ones.
        now: aware UTC.
    """
    known = {(one.channel, one.push_subscription): one for one in present}
    addresses = _addresses(kind, recipient)
    planned = [_as_now(one, addresses) for one in known.values()]
    planned += [
        Delivery(channel, subscription, address, message_ids[channel], next_attempt_at=now)
        for (channel, subscription), address in addresses.items()
        if (channel, subscription) not in known
    ]
    return planned


def why_nobody(kind: NoticeKind, recipient: Recipient) -> str:
    """Return why a notice has no delivery."""
    if not any(recipient.wants(kind, channel) for channel in Channel):
        return "unsubscribed"
    return "its mail address was refused for good" if recipient.is_mail_bad else "no address is known"


def _addresses(kind: NoticeKind, recipient: Recipient) -> dict[tuple[Channel, int], str | None]:
    addresses: dict[tuple[Channel, int], str | None] = {}
    if recipient.email is not None and recipient.wants(kind, Channel.MAIL):
        addresses[Channel.MAIL, 0] = recipient.email
    if recipient.wants(kind, Channel.PUSH):
        addresses |= {(Channel.PUSH, one.id): None for one in recipient.subscriptions}
    return addresses


def _as_now(delivery: Delivery, addresses: dict[tuple[Channel, int], str | None]) -> Delivery:
    if not delivery.is_waiting:
        return delivery
    target = (delivery.channel, delivery.push_subscription)
    if target not in addresses:
        return replace(delivery, state=DeliveryState.FAILED, last_error="not wanted any more, or the address is gone")
    return replace(delivery, address=addresses[target])
