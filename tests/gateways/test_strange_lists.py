"""Lists of a shape that nobody foresaw, or without an end: reading ends with a clear error, at every gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.gateway.errors import UnableToReach
from domain.gateway.port import Gateway
from domain.gateway.recent import UnreadObject
from gateways import listing
from tests.doubles.server import Served
from tests.gateways.contract.abilities import Abilities, settings_of
from tests.gateways.contract.marks import ABILITIES

MOST_PAGES = 5

REFUNDED = {"id": "evt_1234", "type": "refund.created", "data": {"object": {"id": "re_1234"}}}
CAPTURED = {"event_type": "PAYMENT.CAPTURE.COMPLETED"}

STRANGE: dict[str, Any] = {
    "numbers": {"events": 5, "data": 5, "items": 5},
    "an object": {"events": {"a": 1}, "data": {"a": 1}, "items": {"a": 1}},
    "a list of numbers": {"events": [5], "data": [5], "items": [5]},
    "odd links": {"events": [CAPTURED | {"resource": {"id": "X", "links": 5}}], "data": [], "items": [], "links": 5},
    "an odd address": {"events": [], "data": [], "items": [], "links": [{"rel": "next", "href": "http://[bad"}]},
    "odd names": {"events": [], "data": [{"type": 7, "data": {"object": {"id": 5}}}], "items": [{"id": {}}]},
    "an odd cursor": {"events": [], "data": [], "items": [], "next_cursor": {"a": 1}},
}


@contextmanager
def answering(able: Abilities, page: dict[str, Any]) -> Iterator[Gateway]:
    """A gateway whose every list has this one page; `next` in it is a further page each time."""
    numbers = count(1)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        answer: Response
        if Request(scope).url.path == "/v1/oauth2/token":
            answer = JSONResponse({"access_token": "token", "expires_in": 30_000})
        else:
            number = next(numbers)
            links = [{"rel": "next", "href": f"http://127.0.0.1/?page={number}"}]
            endless = {"has_more": True, "next_cursor": f"page-{number}", "links": links}
            answer = JSONResponse(page | endless if page.get("goes_on") else page)
        await answer(scope, receive, send)

    with able.new_double() as double, Served(app) as served:
        values = {name: value.replace(double.url, served.url) for name, value in double.settings().items()}
        yield able.folder.open_gateway(settings_of(able, values))


def listed(gateway: Gateway) -> list[object]:
    """What a gateway lists for the last day."""
    now = datetime.now(UTC)
    return list(gateway.list_recent(now - timedelta(days=1), now))


@pytest.mark.parametrize("able", [able for able in ABILITIES if able.name != "sandbox"], ids=lambda able: able.name)
class TestAStrangeList:
    @pytest.mark.parametrize("page", STRANGE.values(), ids=STRANGE)
    def test_is_not_read_to_its_end_or_has_objects_that_cannot_be_read(
        self, able: Abilities, page: dict[str, Any]
    ) -> None:
        with answering(able, page) as gateway:
            try:
                found = listed(gateway)
            except UnableToReach:
                return

        assert all(isinstance(one, UnreadObject) for one in found)

    def test_without_an_end_is_given_up(self, able: Abilities, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing, "MOST_PAGES", MOST_PAGES)

        endless = {"goes_on": True, "events": [], "items": [], "data": [REFUNDED]}
        with answering(able, endless) as gateway, pytest.raises(UnableToReach, match="does not end"):
            listed(gateway)
