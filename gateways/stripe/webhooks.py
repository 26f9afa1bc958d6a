"""Verifying Stripe's webhooks, by the signature of the SDK and a clock of our own."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import stripe

from domain.gateway.errors import Unverified
from domain.gateway.webhook import Hint
from gateways.stripe.events import object_of, subject_of, subject_of_event
from gateways.stripe.objects import expanded

TOLERANCE_S = 300
"""A webhook's own time may be this far from ours, before or after."""

_MOMENT = re.compile(r"[0-9]{1,12}")
_REF = re.compile(r"[A-Za-z0-9_]{4,120}")


class StripeWebhookReader:
    """
    Stripe's webhooks behind the port `domain.gateway.webhook.WebhookReader`.

    Args:
        secrets: of the webhook endpoint; more than one while one replaces another.
        is_live: the mode whose webhooks count; None: either.
        clock: seconds since 1970.
    """

    name = "stripe"

    def __init__(
        self,
        secrets: Sequence[str],
        *,
        is_live: bool | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not all(secret.strip() for secret in secrets) or not secrets:
            # Whoever knows that a secret is empty can sign.
            raise ValueError("a secret of the webhook endpoint is empty")
        self._secrets = tuple(secrets)
        self._is_live = is_live
        self._clock = clock

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """Return what a webhook is about, or None for an event that we have no use for; `peer` proves nothing."""
        signature = headers.get("stripe-signature")
        if not signature:
            raise Unverified("the webhook has no Stripe-Signature header")
        self._check_time(signature)
        event = self._event(signature, body)
        if self._is_live is not None and event.get("livemode") is not self._is_live:
            mode = "live" if self._is_live else "test"
            raise Unverified(f"the webhook is not of the {mode} mode, and LIVEMODE wants that")
        event_type = event.get("type")
        usual = subject_of(event_type)
        if usual is None:
            return None
        changed = expanded(expanded(event.get("data")).get("object"))
        wanted = object_of(str(event_type), usual)
        if changed.get("object") != wanted:
            raise Unverified(f"a webhook of the type {event_type} is not about a {wanted}")
        subject = subject_of_event(event_type, changed)
        if subject is None:
            return None
        return Hint(
            gateway=self.name,
            dedupe_key=_ref_of(event, "the event"),
            subject=subject,
            ref=_ref_of(changed, "what the event is about"),
            event=str(event_type),
            is_signed=True,
        )

    def _event(self, signature: str, body: bytes) -> dict[str, Any]:
        for secret in self._secrets:
            try:
                # A tolerance of 0 means no check: the SDK accepts any time in the future, so we check it here.
                event: dict[str, Any] = stripe.Webhook.construct_event(body, signature, secret, 0).to_dict()
            except stripe.SignatureVerificationError:
                continue
            except (ValueError, AttributeError, TypeError, RecursionError) as error:
                # Not text; or signed by Stripe, but neither JSON nor an object, or nested too deep to be read.
                raise Unverified(f"the webhook is no event ({type(error).__name__})") from None
            return event
        raise Unverified("the webhook's signature fits none of our secrets")

    def _check_time(self, signature: str) -> None:
        # The first time in the header is the one with which the SDK has checked the signature.
        dated = next((part[2:] for part in signature.split(",") if part.startswith("t=")), "")
        if not _MOMENT.fullmatch(dated):
            raise Unverified("the moment in the Stripe-Signature header is not a number of seconds")
        age_s = self._clock() - int(dated)
        if age_s > TOLERANCE_S:
            raise Unverified(f"the webhook is dated more than {TOLERANCE_S} seconds ago")
        if age_s < -TOLERANCE_S:
            # A signature with a future moment could be replayed until then.
            raise Unverified(f"the webhook is dated more than {TOLERANCE_S} seconds ahead")


def _ref_of(thing: Mapping[str, Any], what: str) -> str:
    ref = thing.get("id")
    if not isinstance(ref, str) or not _REF.fullmatch(ref):
        raise Unverified(f"the webhook does not say the id of {what}")
    return ref
