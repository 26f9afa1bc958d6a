"""An API to call, and an account with minutes; the same as for the tests of the API."""

from collections.abc import Iterator

import pytest
from screph_billing_client import Buyer, Retries, Server

from domain.access.scope import TokenKind
from store.engine import Engine
from tests.asgi.running import running
from tests.servers.find import FoundPostgres
from tests.workers.events import grant
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from web.api.app import create_api
from web.api.v1.settings import ApiSettings
from workers.access.token import WantedToken, create_token

PAGE = "https://screph.example"
QUICK = Retries(attempts=4, first_pause_seconds=0.01)


@pytest.fixture(scope="module")
def engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """The engine of a database that the tests of a file share."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as opened:
        yield opened
    postgres_server.drop_database(url)


@pytest.fixture
def harness(engine: Engine) -> PaymentHarness:
    """An account of its own with ten minutes."""
    fill_catalogue(engine)
    harness = fresh_harness(engine)
    harness.minutes.apply(grant(harness.account, 600))
    return harness


@pytest.fixture
def api_url(harness: PaymentHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the API, which looks for changes by itself each second, for nobody relays here."""
    monkeypatch.setattr("web.live.reader.CHECK_SECONDS", 1.0)
    monkeypatch.setattr("web.live.stream.PING_SECONDS", 1.0)
    settings = ApiSettings("https://my.screph.example", widget_origins=(PAGE,))
    with running(create_api(harness.context, settings)) as url:
        yield url


@pytest.fixture
def buyer(harness: PaymentHarness, api_url: str) -> Iterator[Buyer]:
    """A program of the account's."""
    token = create_token(harness.context, WantedToken(TokenKind.USER, harness.account)).text
    with Buyer(token, address=api_url, retries=QUICK) as client:
        yield client


@pytest.fixture
def server_token(harness: PaymentHarness) -> str:
    """A token of a server of Screph's."""
    return create_token(harness.context, WantedToken(TokenKind.SERVER, "screph-1")).text


@pytest.fixture
def server(server_token: str, api_url: str) -> Iterator[Server]:
    """A server of Screph's."""
    with Server(server_token, address=api_url, retries=QUICK) as client:
        yield client
