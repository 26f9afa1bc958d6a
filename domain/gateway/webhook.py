"""Webhooks: what a verified one hints at, and what reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Subject(StrEnum):
    """What a webhook is about."""

    CHECKOUT = "checkout"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    METHOD = "method"


@dataclass(frozen=True, slots=True)
class Hint:
    """
    What a verified webhook says has changed; never what it has changed to.

    `dedupe_key` (at most 128 characters) is the same whenever the gateway repeats it. `is_signed`
    tells whether a signature was checked or only the peer's address.
    """

    gateway: str
    dedupe_key: str
    subject: Subject
    ref: str
    event: str
    is_signed: bool


class WebhookReader(Protocol):
    """Verifies webhooks of one gateway; it holds no secret by which money could be moved."""

    @property
    def name(self) -> str:
        """As in addresses and tables: `stripe`."""

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """
        Return what a webhook is about, or None for a kind that is nothing to us.

        Args:
            headers: names in lower case.
            body: the raw bytes, unaltered.
            peer: the address it came from, as told by the socket or a trusted proxy.

        Raises:
            Unverified: it is forged, stale or altered.
            ForeignAddress: it came from an address that is not the gateway's.
            UnableToReach: what verifying needs (a certificate) cannot be had now.
        """
