"""Pages that change while they are open: the home page's balance, and the page that waits for a payment."""

import re

from messages.queues import FACTS
from relay.outbox import relay_batch
from store.engine import Engine
from store.outbox import Outgoing, put_outgoing
from store.transaction import transaction
from tests.relay.answering import ConfirmingPublisher
from tests.web.live.event_source import EventSource
from tests.web.portal.browser import Browser
from tests.workers.events import grant, registered, usage
from tests.workers.minutes.harness import MinutesHarness
from web.live.live import MAX_OF_ACCOUNT
from web.portal.settings import Portal

SOON_S = 1.0


def open_stream(browser: Browser) -> EventSource:
    """Open the stream of whoever is signed in."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    return EventSource(f"{browser.portal.address}/events", Cookie=cookies)


def relay(engine: Engine) -> None:
    """Publish what waits, which wakes streams."""
    while relay_batch(engine, ConfirmingPublisher()):
        pass


class TestTheStream:
    def test_tells_the_balance_as_the_home_page_shows_it(
        self, signed_in: Browser, shared_engine: Engine, harness: MinutesHarness
    ) -> None:
        harness.apply(grant(harness.account, 660))
        with open_stream(signed_in) as stream:
            first = stream.next()
            harness.apply(usage(harness.account, 60))
            relay(shared_engine)

            second = stream.next(limit_s=SOON_S)

        assert first is not None
        assert second is not None
        assert (first.data["is_first"], second.data["is_first"]) == (True, False)
        shown = re.search(r'<p role="status" id="balance-status">(.*?)</p>', signed_in.get("/").text, re.DOTALL)
        assert shown is not None
        assert shown.group(1).strip() == second.data["html"]
        assert "10\N{NO-BREAK SPACE}мин" in second.data["html"]

    def test_tells_that_something_else_has_happened(
        self, signed_in: Browser, shared_engine: Engine, harness: MinutesHarness
    ) -> None:
        harness.apply(grant(harness.account, 660))
        relay(shared_engine)
        with open_stream(signed_in) as stream:
            stream.next()
            fact = b'{"subject":"%b"}' % harness.account.encode()
            with transaction(shared_engine) as session:
                put_outgoing(session, Outgoing(FACTS, "screph.purchase.failed.v1", "1", fact))
            relay(shared_engine)

            event = stream.next(limit_s=SOON_S)

        assert event is not None
        assert event.name == "touched"

    def test_is_for_whoever_is_signed_in(self, browser: Browser) -> None:
        assert browser.get("/events").status_code == 303

    def test_ends_with_its_session(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(registered(harness.account))
        with open_stream(signed_in) as stream:
            stream.next()

            signed_in.send_form("/leave")

            last = stream.next(limit_s=5)
        assert last is not None
        assert last.name == "ended"

    def test_is_one_of_five(self, signed_in: Browser, harness: MinutesHarness) -> None:
        streams = [open_stream(signed_in) for _ in range(MAX_OF_ACCOUNT)]
        [stream.next() for stream in streams]

        refused = signed_in.get("/events")

        [stream.close() for stream in streams]
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")


class TestPages:
    def test_have_the_script_and_are_whole_without_it(self, signed_in: Browser, portal: Portal) -> None:
        page = signed_in.get("/").text

        address = re.search(r'src="(/static/live\.[0-9a-f]+\.js)"', page)
        assert address is not None
        assert signed_in.get(address.group(1)).status_code == 200
        assert 'id="live" hidden' in page
