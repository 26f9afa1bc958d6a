"""Reading the sandbox's webhooks."""

import json
import time
from collections.abc import Callable, Mapping

from domain.gateway.errors import Unverified
from domain.gateway.webhook import Hint, Subject
from gateways.sandbox.signature import HEADER, check

SUBJECTS = {
    "checkout.paid": Subject.CHECKOUT,
    "checkout.failed": Subject.CHECKOUT,
    "checkout.expired": Subject.CHECKOUT,
    "checkout.action_required": Subject.CHECKOUT,
    "payment.paid": Subject.PAYMENT,
    "payment.failed": Subject.PAYMENT,
    "payment.action_required": Subject.PAYMENT,
    "refund.pending": Subject.REFUND,
    "refund.succeeded": Subject.REFUND,
    "refund.failed": Subject.REFUND,
    "dispute.open": Subject.DISPUTE,
    "dispute.won": Subject.DISPUTE,
    "dispute.lost": Subject.DISPUTE,
}
"""What each event is about; `method.saved` is missing, for the payment that saved it tells of it too."""


class SandboxReader:
    """Verifies webhooks by their signature; it holds the secret of webhooks and nothing else."""

    name = "sandbox"

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """
        Return what a webhook is about, or None for an event that is nothing to us.

        Raises:
            Unverified: it is forged, stale or altered, or signed and yet no event.
        """
        check(self._secret, body, headers.get(HEADER, ""), now=int(self._clock()))
        try:
            event = json.loads(body)
            event_id, kind, ref = (event[name] for name in ("id", "type", "ref"))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unverified("it is signed, but it is not an event with id, type and ref") from error
        if not all(isinstance(text, str) and 0 < len(text) <= 128 for text in (event_id, kind, ref)):
            raise Unverified("it is signed, but its id, type or ref is not a text of 1 to 128 characters")
        subject = SUBJECTS.get(kind)
        return None if subject is None else Hint(self.name, event_id, subject, ref, kind, is_signed=True)
