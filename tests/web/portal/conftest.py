"""The portal at a port of its own, on a database that the tests of a file share; each has an account of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asgi.serving import serve_until
from store.engine import Engine
from tests.servers.find import FoundPostgres
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until
from tests.web.portal.browser import Browser, Clock, is_listening
from tests.workers.events import NOW, registered
from tests.workers.minutes.harness import MinutesHarness, audited
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.context import Context


@pytest.fixture(scope="module")
def shared_engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """The engine of a database that the tests of a file share."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield engine
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of the portal."""
    return Clock(NOW)


@pytest.fixture(scope="module")
def portal(shared_engine: Engine, clock: Clock) -> Iterator[Portal]:
    """The portal, served."""
    with serving_portal(Context(shared_engine, clock=clock)) as it:
        yield it


@contextmanager
def serving_portal(context: Context) -> Iterator[Portal]:
    """Serve the portal for a while; `stopping` of the context ends it."""
    port, stopping = ReservedPort(), context.stopping
    portal = Portal(context, f"http://127.0.0.1:{port.number}")
    app, number = create_portal(portal), port.number
    port.release()
    options = {"host": "127.0.0.1", "port": number, "stopping": stopping}
    serving = threading.Thread(target=serve_until, args=(app,), kwargs=options, daemon=True)
    serving.start()
    wait_until(lambda: is_listening(number), "the portal listens", limit_s=10)
    yield portal
    stopping.set()
    serving.join(10)


@pytest.fixture
def harness(shared_engine: Engine, clock: Clock) -> MinutesHarness:
    """An account of its own, Russian and in Moscow."""
    clock.at = NOW
    harness = MinutesHarness(shared_engine)
    harness.apply(registered(harness.account, locale="ru", time_zone="Europe/Moscow", currency="RUB"))
    return harness


@pytest.fixture
def browser(portal: Portal) -> Iterator[Browser]:
    """A browser in which nobody is signed in."""
    with Browser(portal) as browser:
        yield browser


@pytest.fixture
def signed_in(browser: Browser, harness: MinutesHarness) -> Browser:
    """A browser in which the account is signed in."""
    browser.sign_in(harness.account)
    return browser
