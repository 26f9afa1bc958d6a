"""The admin pages at a port of their own, on a database that the tests of a file share."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import argon2
import pytest

from asgi.serving import serve_until
from domain.access.role import Role
from store.engine import Engine, open_engine
from tests.servers.find import FoundPostgres
from tests.servers.free_ports import ReservedPort
from tests.servers.roles import with_roles
from tests.servers.waiting import wait_until
from tests.web.admin.browser import OperatorBrowser
from tests.web.portal.browser import Clock, is_listening
from tests.workers.events import NOW
from tests.workers.minutes.harness import MinutesHarness, audited
from web.admin.app import create_admin
from web.admin.settings import Admin
from workers.access import factor
from workers.context import Context


@pytest.fixture(scope="package", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hash passwords without the time and the 64 MiB that guessing shall cost: each test has operators of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factor, "_hasher", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="module")
def shared_engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """The engine of a database that the tests of a file share; at the end it is audited, the audit log too."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield engine
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of the admin pages; it only goes on, for codes count once."""
    return Clock(NOW)


@pytest.fixture(scope="module")
def admin(shared_engine: Engine, clock: Clock) -> Iterator[Admin]:
    """The admin pages, served by the roles that they have in PostgreSQL: one for the web, and one that only reads."""
    url = shared_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with with_roles(url) as addresses:
        web, readers = open_engine(addresses["billing_web"]), open_engine(addresses["billing_read"])
        with serving_admin(Context(web, clock=clock, gateways={}), readers=readers) as it:
            yield it
        web.dispose()
        readers.dispose()


@contextmanager
def serving_admin(context: Context, **more: Any) -> Iterator[Admin]:
    """Serve the admin pages for a while; `more` is what else they are told."""
    port, stopping = ReservedPort(), threading.Event()
    admin = Admin(context, f"http://127.0.0.1:{port.number}", **more)
    app, number = create_admin(admin), port.number
    port.release()
    options = {"host": "127.0.0.1", "port": number, "stopping": stopping}
    serving = threading.Thread(target=serve_until, args=(app,), kwargs=options, daemon=True)
    serving.start()
    wait_until(lambda: is_listening(number), "the admin pages listen", limit_s=10)
    yield admin
    stopping.set()
    serving.join(10)


@pytest.fixture
def harness(shared_engine: Engine) -> MinutesHarness:
    """An account of its own, and the database."""
    return MinutesHarness(shared_engine)


@pytest.fixture
def browser(admin: Admin, clock: Clock) -> Iterator[OperatorBrowser]:
    """A browser in which nobody is signed in."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser


@pytest.fixture(scope="module")
def owner(admin: Admin, clock: Clock) -> Iterator[OperatorBrowser]:
    """The browser of an owner who stays signed in for the whole file."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.OWNER)
