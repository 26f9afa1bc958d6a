"""Webhooks: what a verified one hints at, and the port that verifies them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Subject(StrEnum):
    """The kind of object that a webhook is about."""

    CHECKOUT = "checkout"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    METHOD = "method"


@dataclass(frozen=True, slots=True)
class Hint:
    """
    Which object has changed, according to a verified webhook; never what it has changed to.

    `ref` is the gateway's id of the object, `event` the gateway's own word. `dedupe_key`, at most 128
    characters, is the same whenever the gateway repeats the webhook. `is_signed` is false where only the
    peer's address was checked.
    """

    gateway: str
    dedupe_key: str
    subject: Subject
    ref: str
    event: str
    is_signed: bool


class WebhookReader(Protocol):
    """Verifies webhooks of one gateway; it holds no secret that could move money."""

    @property
    def name(self) -> str:
        """As in addresses and tables: `stripe`."""

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """
        Return what a webhook is about, or None for an event that we have no use for.

        Args:
            headers: names in lower case.
            body: the raw bytes, unaltered.
            peer: the sender's address, as the socket or a trusted proxy reports it.

        Raises:
            Unverified: it is forged, stale or altered.
            ForeignAddress: it came from an address that does not belong to the gateway.
            UnableToReach: what verifying needs (a certificate) cannot be fetched now.
        """
