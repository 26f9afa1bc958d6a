"""What has changed in a period, by PayPal's feed of events; it has the events whose webhooks were lost."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from domain.gateway.errors import UnableToReach
from domain.gateway.webhook import Subject
from gateways.paypal.client import PaypalClient
from gateways.paypal.errors import body_of
from gateways.paypal.events import ref_of, subject_of
from gateways.paypal.objects import Body, link

FEED = "/v1/notifications/webhooks-events"
PAGE_SIZE = 100
MOST_PAGES = 1_000
"""A feed with more pages than these goes in a circle."""


def recent_refs(client: PaypalClient, since: datetime, until: datetime) -> Iterator[tuple[Subject, str]]:
    """
    Go through the objects with an event in a period, each once.

    Args:
        client: for the calls.
        since: aware; its fraction of a second is dropped.
        until: aware; its fraction of a second is rounded up to the next one.

    Raises:
        UnableToReach: no clear answer, or the feed does not end.
        CallRefused: PayPal refuses the feed.
    """
    seen: set[tuple[Subject, str]] = set()
    query: dict[str, str] | None = {
        "page_size": str(PAGE_SIZE),
        "start_time": _written(since),
        "end_time": _written(until.replace(microsecond=0), plus_second=bool(until.microsecond)),
    }
    for _ in range(MOST_PAGES):
        page = body_of(client.call("GET", FEED, query=query), "listing recent events")
        for event in page.get("events") or []:
            changed = _changed_by(event)
            if changed is not None and changed not in seen:
                seen.add(changed)
                yield changed
        query = _next_query(page)
        if query is None:
            return
    raise UnableToReach(f"PayPal's feed of events does not end after {MOST_PAGES} pages")


def _changed_by(event: Body) -> tuple[Subject, str] | None:
    resource = event.get("resource") or {}
    subject = subject_of(str(event.get("event_type")), resource)
    ref = ref_of(subject, resource) if subject else None
    return (subject, ref) if subject and ref else None


def _next_query(page: Body) -> dict[str, str] | None:
    """Return the query of the next page; its host is not followed, because our token goes with the call."""
    address = link(page, "next")
    return dict(parse_qsl(urlsplit(address).query)) if address else None


def _written(moment: datetime, *, plus_second: bool = False) -> str:
    seconds = int(moment.timestamp()) + plus_second
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
