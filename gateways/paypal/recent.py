"""What has changed in a period, by PayPal's feed of events, lost webhooks too, and by its list of disputes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from urllib.parse import parse_qsl, urlsplit

from domain.gateway.webhook import Subject
from gateways.listing import pages
from gateways.paypal.client import PaypalClient
from gateways.paypal.errors import body_of
from gateways.paypal.events import ref_of, subject_of
from gateways.paypal.objects import Body, link

FEED = "/v1/notifications/webhooks-events"
DISPUTES = "/v1/customer/disputes"
PAGE_SIZE = 100
DISPUTES_PAGE_SIZE = 50


def recent_refs(client: PaypalClient, since: datetime, until: datetime) -> Iterator[tuple[Subject, str]]:
    """
    Go through the objects with an event in a period, and the disputes that changed in it, each once.

    Args:
        client: for the calls.
        since: aware; its fraction of a second is dropped.
        until: aware; its fraction of a second is rounded up to the next one.

    Raises:
        UnableToReach: no clear answer, or the feed does not end.
        CallRefused: PayPal refuses the feed.
    """
    seen: set[tuple[Subject, str]] = set()
    begin, end = _written(since), _written(until.replace(microsecond=0), plus_second=bool(until.microsecond))
    period = {"page_size": str(PAGE_SIZE), "start_time": begin, "end_time": end}
    # A dispute has no end while nobody decides about it, and its events may be forgotten meanwhile.
    changed_since = {"page_size": str(DISPUTES_PAGE_SIZE), "update_time_after": begin, "update_time_before": end}
    by_events = (_changed_by(event) for event in _pages(client, FEED, period, "events"))
    disputes = (_dispute(one) for one in _pages(client, DISPUTES, changed_since, "items"))
    for changed in chain(by_events, disputes):
        if changed is not None and changed not in seen:
            seen.add(changed)
            yield changed


def _pages(client: PaypalClient, path: str, first: dict[str, str], name: str) -> Iterator[object]:
    query: dict[str, str] | None = first
    for _ in pages(f"PayPal's list {path}"):
        page = body_of(client.call("GET", path, query=query), f"listing {path}")
        yield from page.get(name) or []
        query = _next_query(page)
        if query is None:
            return


def _dispute(listed: object) -> tuple[Subject, str] | None:
    ref = listed.get("dispute_id") if isinstance(listed, dict) else None
    return (Subject.DISPUTE, ref) if isinstance(ref, str) else None


def _changed_by(event: object) -> tuple[Subject, str] | None:
    resource = event.get("resource") if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(resource, dict):
        return None
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
