"""The API at a port of its own, an account, and programs with tokens for it."""

from collections.abc import Callable, Iterator

import pytest

from asgi.peers import networks_of
from domain.access.scope import TokenKind
from store.engine import Engine
from tests.asgi.running import running
from tests.web.api.v1.client import Client
from tests.workers.events import registered
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from web.api.app import create_api
from web.api.v1.settings import ApiSettings
from workers.access.token import WantedToken, create_token

LOOPBACK = networks_of(["127.0.0.0/8"])

PORTAL = "https://my.screph.example"


@pytest.fixture
def harness(engine: Engine) -> PaymentHarness:
    """An account of its own, Russian and in Moscow, and a gateway."""
    fill_catalogue(engine)
    harness = fresh_harness(engine)
    harness.minutes.apply(registered(harness.account, locale="ru", time_zone="Europe/Moscow", currency="RUB"))
    return harness


@pytest.fixture
def api_url(harness: PaymentHarness) -> Iterator[str]:
    """The address of an API that sells through the gateway of the harness."""
    with running(create_api(harness.context, ApiSettings(PORTAL, (PORTAL,), trusted_proxies=LOOPBACK))) as url:
        yield url


@pytest.fixture
def of_kind(harness: PaymentHarness, api_url: str) -> Callable[[TokenKind, str], Client]:
    """Return a program with a new token of a kind, for an owner."""

    def client(kind: TokenKind, owner: str) -> Client:
        return Client(api_url, create_token(harness.context, WantedToken(kind, owner)).text)

    return client


@pytest.fixture
def buyer(harness: PaymentHarness, of_kind: Callable[[TokenKind, str], Client]) -> Client:
    """A program of the account's."""
    return of_kind(TokenKind.USER, harness.account)


@pytest.fixture
def server(harness: PaymentHarness, of_kind: Callable[[TokenKind, str], Client]) -> Client:
    """A server of Screph's."""
    return of_kind(TokenKind.SERVER, "screph-1")
