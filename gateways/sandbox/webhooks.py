"""Verifying the sandbox's webhooks by their signature."""

import json
import re
import time
from collections.abc import Callable, Mapping

from domain.gateway.errors import Unverified
from domain.gateway.webhook import Hint
from gateways.sandbox.events import subject_of
from gateways.sandbox.signature import HEADER, check

_TEXT = re.compile(r"[!-~]{1,128}")


class SandboxWebhookReader:
    """
    The sandbox's webhooks behind the port `domain.gateway.webhook.WebhookReader`.

    Args:
        secret: that of webhooks, and nothing else.
        clock: seconds since 1970.
    """

    name = "sandbox"

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        """
        Return what a webhook is about, or None for an event that we have no use for; `peer` proves nothing.

        Raises:
            Unverified: it is forged, stale or altered, or signed and yet not an event.
        """
        check(self._secret, body, headers.get(HEADER, ""), now=int(self._clock()))
        try:
            event = json.loads(body)
            event_id, event_type, ref = (event[name] for name in ("id", "type", "ref"))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unverified("it is signed, but it is not an event with id, type and ref") from error
        if not all(isinstance(text, str) and _TEXT.fullmatch(text) for text in (event_id, event_type, ref)):
            raise Unverified("it is signed, but its id, type or ref is not a text of 1 to 128 plain characters")
        subject = subject_of(event_type)
        return None if subject is None else Hint(self.name, event_id, subject, ref, event_type, is_signed=True)
