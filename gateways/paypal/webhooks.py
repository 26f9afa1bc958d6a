"""Verifying PayPal's webhooks with its certificate, without its API."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from domain.gateway.errors import Unverified
from domain.gateway.webhook import Hint
from gateways.paypal.certificates import Certificates
from gateways.paypal.events import ref_of, subject_of

ALGORITHM = "SHA256withRSA"

OLDEST = timedelta(days=4)
"""PayPal tries for three days, and does not say whether it updates the time."""

MOST_AHEAD = timedelta(minutes=5)

_ID = re.compile(r"[!-~]{1,128}")


class PaypalWebhookReader:
    """
    PayPal's webhooks behind the port `domain.gateway.webhook.WebhookReader`; it holds no secret at all.

    Args:
        webhook_id: PayPal's id of our webhook; it is part of what is signed.
        certificates: PayPal's.
        clock: gives aware UTC moments.
    """

    name = "paypal"

    def __init__(
        self,
        webhook_id: str,
        certificates: Certificates,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._webhook_id = webhook_id
        self._certificates = certificates
        self._clock = clock

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """
        Return what a webhook is about, or None for an event that we have no use for; `peer` proves nothing.

        PayPal signs `id|time|webhook id|CRC-32 of the raw body`, according to its guide to webhooks.
        """
        now = self._clock()
        transmission_id = _header(headers, "paypal-transmission-id")
        sent_at = _header(headers, "paypal-transmission-time")
        if _header(headers, "paypal-auth-algo") != ALGORITHM:
            raise Unverified(f"PAYPAL-AUTH-ALGO is not {ALGORITHM}")
        signature = _signature(_header(headers, "paypal-transmission-sig"))
        _check_time(sent_at, now)
        key = self._certificates.key_of(_header(headers, "paypal-cert-url"), at=now)
        signed = f"{transmission_id}|{sent_at}|{self._webhook_id}|{zlib.crc32(body)}"
        try:
            key.verify(signature, signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise Unverified("the signature does not fit") from error
        return _hint(body)


def is_id(text: object) -> TypeGuard[str]:
    """Tell whether a text can be an id of PayPal's; a message has room for 255 bytes of one."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def _hint(body: bytes) -> Hint | None:
    event = _event(body)
    event_type = str(event.get("event_type"))
    event_id, resource = event.get("id"), event.get("resource")
    subject = subject_of(event_type, resource)
    if subject is None:
        return None
    ref = ref_of(subject, resource) if isinstance(resource, dict) else None
    if not is_id(event_id) or not is_id(ref):
        raise Unverified(f"the event {event_type} does not name itself and what it is about")
    return Hint(gateway="paypal", dedupe_key=event_id, subject=subject, ref=ref, event=event_type, is_signed=True)


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unverified("the body is not JSON, or nested too deep") from error
    if not isinstance(event, dict):
        raise Unverified("the body is not an event")
    return event


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise Unverified(f"the header {name.upper()} is missing")
    return value


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unverified("PAYPAL-TRANSMISSION-SIG is not base64") from error


def _check_time(text: str, now: datetime) -> None:
    try:
        sent_at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unverified("PAYPAL-TRANSMISSION-TIME is not a moment") from error
    if sent_at.tzinfo is None:
        raise Unverified("PAYPAL-TRANSMISSION-TIME has no offset from UTC")
    if sent_at > now + MOST_AHEAD:
        raise Unverified("the webhook was sent in the future")
    if sent_at < now - OLDEST:
        raise Unverified("the webhook is older than PayPal's last try")
