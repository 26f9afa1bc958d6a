"""Stripe's events: stored for its feed, and sent signed as webhooks."""

import copy
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from tests.doubles.delivery import Webhook
from tests.doubles.stripe.objects import now, ref
from tests.doubles.stripe.refusing import invalid

API_VERSION = "2026-10-28.endive"
SECRET = "whsec_double_0123456789abcdef"


class Events:
    """
    Every event there was, oldest first.

    Args:
        send: what sends a webhook.
    """

    def __init__(self, send: Callable[[Webhook], None]) -> None:
        self._send = send
        self._events: list[dict[str, Any]] = []

    def emit(self, kind: str, about: dict[str, Any], *, before: dict[str, Any] | None = None) -> None:
        """Store and send an event; the object in it stays as it is now."""
        data: dict[str, Any] = {"object": copy.deepcopy(about)}
        if before is not None:
            data["previous_attributes"] = before
        event = {
            "id": ref("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self._events.append(event)
        self._send(signed(kind, json.dumps(event, indent=2).encode()))

    def forget(self) -> None:
        """Forget every event so far."""
        self._events.clear()

    def page(self, query: dict[str, Any]) -> dict[str, Any]:
        """Return a page of the feed, newest first."""
        kinds = query.get("types")
        return page_of(
            "/v1/events", [event for event in self._events if kinds is None or event["type"] in kinds], query
        )


def page_of(url: str, things: list[dict[str, Any]], query: dict[str, Any]) -> dict[str, Any]:
    """Return a page of a list of Stripe's, newest first."""
    period = query.get("created", {})
    fitting = [
        thing for thing in reversed(things) if period.get("gte", 0) <= thing["created"] <= period.get("lte", now() + 1)
    ]
    after = query.get("starting_after")
    if after is not None:
        places = [place for place, thing in enumerate(fitting) if thing["id"] == after]
        if not places:
            raise invalid(f"No such object: '{after}'", "starting_after", code="resource_missing")
        fitting = fitting[places[0] + 1 :]
    limit = query.get("limit", 10)
    return {"object": "list", "url": url, "has_more": len(fitting) > limit, "data": fitting[:limit]}


def signed(kind: str, body: bytes, *, secret: str = SECRET, at: int | None = None) -> Webhook:
    """Return a webhook with the signature that Stripe would give it."""
    # By the host, for whoever checks how old a signature is has no other clock.
    moment = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    # v0 is a signature that Stripe sends too in test mode, and that proves nothing.
    header = f"t={moment},v1={mac},v0={'0' * 64}"
    return Webhook(kind, body, {"Stripe-Signature": header, "Content-Type": "application/json; charset=utf-8"})
