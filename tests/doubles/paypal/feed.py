"""PayPal's feed of events and its list of disputes: newest first, in pages."""

from typing import Any
from urllib.parse import urlencode

from tests.doubles.paypal.records import State

PATH = "/v1/notifications/webhooks-events"
DISPUTES = "/v1/customer/disputes"
DISPUTES_PAGE_SIZE = 2
"""So few that a test turns pages."""


def page(state: State, query: dict[str, str]) -> dict[str, Any]:
    """Return one page of the events that a query asks for."""
    with state.lock:
        wanted = [event for event in reversed(state.events) if _is_wanted(event, query)]
        size = min(int(query.get("page_size", "10")), state.feed_page_size)
    begin = int(query.get("start_index", "0"))
    selected = wanted[begin : begin + size]
    links = [{"href": f"{state.base}{PATH}?{urlencode(query)}", "rel": "self", "method": "GET"}]
    if begin + size < len(wanted):
        # As from the real one: the whole address, of which the caller should believe the query only.
        further = urlencode(query | {"start_index": str(begin + size)})
        links.append({"href": f"https://api.paypal.com{PATH}?{further}", "rel": "next", "method": "GET"})
    return {"events": selected, "count": len(selected), "links": links}


def disputes_page(state: State, query: dict[str, str]) -> dict[str, Any]:
    """Return one page of the disputes that changed in a period; as from the real one, without transactions and end."""
    begin, end = query.get("update_time_after", ""), query.get("update_time_before", "9999")
    with state.lock:
        wanted = [one for one in reversed(state.disputes.values()) if begin <= one.updated <= end]
    first = int(query.get("next_page_token", "0"))
    page_links = [{"href": f"{state.base}{DISPUTES}?{urlencode(query)}", "rel": "self", "method": "GET"}]
    if first + DISPUTES_PAGE_SIZE < len(wanted):
        further = urlencode(query | {"next_page_token": str(first + DISPUTES_PAGE_SIZE)})
        page_links.append({"href": f"https://api.paypal.com{DISPUTES}?{further}", "rel": "next", "method": "GET"})
    items = [
        {"dispute_id": one.id, "create_time": one.created, "update_time": one.updated, "status": one.status}
        for one in wanted[first : first + DISPUTES_PAGE_SIZE]
    ]
    return {"items": items, "links": page_links}


def _is_wanted(event: dict[str, Any], query: dict[str, str]) -> bool:
    created = event["create_time"]
    is_in_time = query.get("start_time", "") <= created <= query.get("end_time", "9999")
    return is_in_time and query.get("event_type", event["event_type"]) == event["event_type"]
