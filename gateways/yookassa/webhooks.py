"""Verifying YooKassa's webhooks by the peer's address: YooKassa signs none, so nothing else is trusted."""

import json
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from domain.gateway.errors import ForeignAddress, Unverified
from domain.gateway.webhook import Hint
from gateways.yookassa.events import is_event, subject_of
from gateways.yookassa.objects import is_id


class YooKassaWebhookReader:
    """
    YooKassa's webhooks behind the port `domain.gateway.webhook.WebhookReader`; it holds no secret at all.

    Args:
        networks: where its notifications come from.
    """

    name = "yookassa"

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """
        Return what a notification is about, or None for one that we have no use for.

        No header is trusted: there is no signature, and the peer is what the caller says it is.

        Raises:
            ForeignAddress: the peer is in none of the networks.
            Unverified: it is not the JSON of a notification.
        """
        address = _address(peer)
        if not any(address in network for network in self._networks):
            raise ForeignAddress("the peer is in none of YooKassa's networks (YOOKASSA_NETWORKS)")
        event, ref = _event_and_ref(body)
        subject = subject_of(event)
        if subject is None:
            return None
        if not is_id(ref):
            raise Unverified("the notification's object has no id that YooKassa can have given")
        return Hint(
            gateway=self.name,
            # An event has no id; each refund has its own, so partial refunds stay apart.
            dedupe_key=f"{event}:{ref}",
            subject=subject,
            ref=str(ref),
            event=event,
            is_signed=False,
        )


def _address(peer: str) -> IPv4Address | IPv6Address:
    try:
        address = ip_address(peer.strip())
    except ValueError as error:
        raise ForeignAddress("the peer's address is no IP address") from error
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _event_and_ref(body: bytes) -> tuple[str, Any]:
    try:
        notification = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unverified("the body is not JSON") from error
    if not isinstance(notification, dict) or notification.get("type") != "notification":
        raise Unverified("the body is not a notification of YooKassa")
    event, changed = notification.get("event"), notification.get("object")
    if not is_event(event) or not isinstance(changed, dict):
        raise Unverified("the notification has no event with an object")
    return str(event), changed.get("id")
