"""What has changed in a period, by Stripe's feed of events and its list of disputes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
from stripe.params import DisputeListParams, EventListParams

from domain.gateway.errors import CallRefused
from domain.gateway.webhook import Subject
from gateways.listing import pages
from gateways.stripe.errors import translate_errors
from gateways.stripe.events import SUBJECTS, subject_of_event
from gateways.stripe.objects import expanded, ref_of, required

DEPTH = timedelta(days=30)
"""Stripe forgets events that are older."""

PAGE = 100
LISTED = (Subject.CHECKOUT, Subject.PAYMENT, Subject.REFUND, Subject.DISPUTE)


def recent_refs(client: stripe.StripeClient, since: datetime, until: datetime) -> Iterator[tuple[Subject, str]]:
    """
    Go through the checkouts, payments, refunds and disputes with an event in a period, each once.

    A payment whose checkout is among them is left out: fetching the checkout fetches the payment as well. Disputes that
    were opened in the period follow, with an event or without.

    Raises:
        CallRefused: the period begins before the oldest event in the feed.
        UnableToReach: no clear answer came.
    """
    if since < datetime.now(UTC) - DEPTH:
        raise CallRefused("events_forgotten", f"Stripe keeps events for {DEPTH.days} days; ask from a later day on")
    found: dict[Subject | None, dict[str, None]] = {subject: {} for subject in LISTED}
    payments_of_checkouts: set[str | None] = set()
    with translate_errors("listing recent events"):
        for event in _events(client, since, until):
            changed = expanded(expanded(event.get("data")).get("object"))
            subject, ref = subject_of_event(event.get("type"), changed), ref_of(changed)
            if ref is not None and subject in found:
                found[subject][ref] = None
            if subject is Subject.CHECKOUT:
                payments_of_checkouts.add(ref_of(changed.get("payment_intent")))
    for subject in LISTED:
        for ref in found[subject]:
            if subject is not Subject.PAYMENT or ref not in payments_of_checkouts:
                yield subject, ref
    with translate_errors("listing recent disputes"):
        disputes = dict.fromkeys(_disputes(client, since, until))
    yield from ((Subject.DISPUTE, ref) for ref in disputes if ref not in found[Subject.DISPUTE])


def _events(client: stripe.StripeClient, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    query: EventListParams = {
        "types": [event_type for event_type, subject in SUBJECTS.items() if subject in LISTED],
        "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp()) + 1},
        "limit": PAGE,
    }
    for _ in pages("Stripe's list of events"):
        page = client.v1.events.list(query).to_dict()
        events: list[dict[str, Any]] = required(page, "data")
        yield from events
        if not events or not page.get("has_more"):
            return
        query["starting_after"] = required(events[-1], "id")


def _disputes(client: stripe.StripeClient, since: datetime, until: datetime) -> Iterator[str]:
    query: DisputeListParams = {
        "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp()) + 1},
        "limit": PAGE,
    }
    for _ in pages("Stripe's list of disputes"):
        page = client.v1.disputes.list(query).to_dict()
        disputes: list[dict[str, Any]] = required(page, "data")
        yield from (str(required(one, "id")) for one in disputes)
        if not disputes or not page.get("has_more"):
            return
        query["starting_after"] = required(disputes[-1], "id")
