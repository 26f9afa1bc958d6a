"""The feed of webhook events: what happened lately, also what no webhook has told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from domain.gateway.errors import UnableToReach
from domain.gateway.webhook import Subject
from gateways.paypal.access import Access
from gateways.paypal.events import ref_of, subject_of
from gateways.paypal.objects import Body, link
from gateways.paypal.refusals import body_of

FEED = "/v1/notifications/webhooks-events"
PAGE_SIZE = 100
MOST_PAGES = 1_000
"""A feed that does not end after these pages goes in a circle."""


def recent_refs(access: Access, since: datetime, until: datetime) -> Iterator[tuple[Subject, str]]:
    """
    Go through what events of a period are about, each object once.

    Args:
        access: for the calls.
        since: aware; its fraction of a second is dropped.
        until: aware; its fraction of a second is rounded up to the next one.

    Raises:
        UnableToReach: no clear answer, or the feed does not end.
        CallRefused: PayPal does not show it.
    """
    seen: set[tuple[Subject, str]] = set()
    query: dict[str, str] | None = {
        "page_size": str(PAGE_SIZE),
        "start_time": _written(since),
        "end_time": _written(until.replace(microsecond=0), plus_second=bool(until.microsecond)),
    }
    for _ in range(MOST_PAGES):
        page = body_of(access.call("GET", FEED, query=query), "the feed of events")
        for event in page.get("events") or []:
            about = _about(event)
            if about is not None and about not in seen:
                seen.add(about)
                yield about
        query = _next_query(page)
        if query is None:
            return
    raise UnableToReach(f"PayPal's feed of events does not end after {MOST_PAGES} pages")


def _about(event: Body) -> tuple[Subject, str] | None:
    resource = event.get("resource") or {}
    subject = subject_of(str(event.get("event_type")), resource)
    ref = ref_of(subject, resource) if subject else None
    return (subject, ref) if subject and ref else None


def _next_query(page: Body) -> dict[str, str] | None:
    """Return the query of the next page; the rest of its address is not followed, for our token goes with it."""
    address = link(page, "next")
    return dict(parse_qsl(urlsplit(address).query)) if address else None


def _written(moment: datetime, *, plus_second: bool = False) -> str:
    seconds = int(moment.timestamp()) + plus_second
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
