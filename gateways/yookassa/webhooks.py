"""Webhooks: YooKassa signs none, so the peer's address must be one of its own, and nothing else is believed."""

import json
import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from domain.gateway.errors import ForeignAddress, Unverified
from domain.gateway.webhook import Hint, Subject
from gateways.yookassa.reading import is_id

_EVENT = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,30}")
_SUBJECTS = {"payment": Subject.PAYMENT, "refund": Subject.REFUND, "payment_method": Subject.METHOD}


class YooKassaReader:
    """
    Reads notifications that come from YooKassa's networks.

    Args:
        networks: where its notifications come from.
    """

    name: Final = "yookassa"

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """
        Return what a notification is about, or None for a kind that is nothing to us.

        No header is believed: there is no signature, and the peer is what the caller says it is.

        Raises:
            ForeignAddress: the peer is in none of the networks.
            Unverified: it is not the JSON of a notification.
        """
        address = _address(peer)
        if not any(address in network for network in self._networks):
            raise ForeignAddress("the peer is in none of YooKassa's networks (YOOKASSA_NETWORKS)")
        event, ref = _event_and_ref(body)
        subject = _SUBJECTS.get(event.partition(".")[0])
        if subject is None:
            return None
        if not is_id(ref):
            raise Unverified("the notification's object has no id that can be one of YooKassa's")
        return Hint(
            gateway=self.name,
            # There is no id of the event; a refund has its own id, so partial refunds stay apart.
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
        raise Unverified("the body is no JSON") from error
    if not isinstance(notification, dict) or notification.get("type") != "notification":
        raise Unverified("the body is no notification of YooKassa's")
    event, told = notification.get("event"), notification.get("object")
    if not isinstance(event, str) or not _EVENT.fullmatch(event) or not isinstance(told, dict):
        raise Unverified("the notification has no event with an object")
    return event, told.get("id")
