"""What has changed in a period, by Stripe's feed of events."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
from stripe.params import EventListParams

from domain.gateway.errors import CallRefused
from domain.gateway.webhook import Subject
from gateways.stripe.errors import translate_errors
from gateways.stripe.events import SUBJECTS
from gateways.stripe.objects import expanded, ref_of, required

DEPTH = timedelta(days=30)
"""Stripe forgets events that are older."""

PAGE = 100
LISTED = (Subject.CHECKOUT, Subject.PAYMENT, Subject.REFUND)


def recent_refs(client: stripe.StripeClient, since: datetime, until: datetime) -> Iterator[tuple[Subject, str]]:
    """
    Go through the checkouts, payments and refunds with an event in a period, each once.

    A payment whose checkout is among them is left out: fetching the checkout fetches the payment as well.

    Raises:
        CallRefused: the period begins before the oldest event in the feed.
        UnableToReach: no clear answer came.
    """
    if since < datetime.now(UTC) - DEPTH:
        raise CallRefused("events_forgotten", f"Stripe keeps events for {DEPTH.days} days; ask from a later day on")
    found: dict[Subject, dict[str, None]] = {subject: {} for subject in LISTED}
    payments_of_checkouts: set[str | None] = set()
    with translate_errors("listing recent events"):
        for event in _events(client, since, until):
            subject, changed = SUBJECTS[event["type"]], expanded(expanded(event.get("data")).get("object"))
            ref = ref_of(changed)
            if ref is not None:
                found[subject][ref] = None
            if subject is Subject.CHECKOUT:
                payments_of_checkouts.add(ref_of(changed.get("payment_intent")))
    for subject, refs in found.items():
        for ref in refs:
            if subject is not Subject.PAYMENT or ref not in payments_of_checkouts:
                yield subject, ref


def _events(client: stripe.StripeClient, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    query: EventListParams = {
        "types": [event_type for event_type, subject in SUBJECTS.items() if subject in LISTED],
        "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp()) + 1},
        "limit": PAGE,
    }
    while True:
        page = client.v1.events.list(query).to_dict()
        events: list[dict[str, Any]] = required(page, "data")
        yield from events
        if not events or not page.get("has_more"):
            return
        query["starting_after"] = required(events[-1], "id")
