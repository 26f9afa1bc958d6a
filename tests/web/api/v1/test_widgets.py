"""Tokens of widgets: made by servers for one page, good for the balance and for a quarter of an hour."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests

from domain.access.scope import TokenKind
from domain.access.token import hash_token
from store.access.read import find_token
from store.reading import reading
from tests.asgi.running import running
from tests.web.api.v1.client import Client
from tests.workers.payments.harness import PaymentHarness
from web.api.app import create_api
from web.api.v1.settings import ApiSettings
from workers.access.token import WantedToken, create_token

PORTAL, PAGE, OTHER = "https://my.screph.example", "https://screph.example", "https://evil.example"


@pytest.fixture
def api_url(harness: PaymentHarness) -> Iterator[str]:
    """The address of an API whose balances one page may show."""
    with running(create_api(harness.context, ApiSettings(PORTAL, widget_origins=(PAGE,)))) as url:
        yield url


def make(url: str, token: str, account: str, origin: str = PAGE) -> requests.Response:
    """Ask for a widget's token."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(
        f"{url}/api/v1/accounts/{account}/widget-tokens", json={"origin": origin}, headers=headers, timeout=5
    )


def account(url: str, token: str, **headers: str) -> requests.Response:
    """Read the balance as a browser on a page does."""
    return requests.get(f"{url}/api/v1/account", headers={"Authorization": f"Bearer {token}"} | headers, timeout=5)


@pytest.fixture
def of_server(harness: PaymentHarness) -> str:
    """A token of a server."""
    return create_token(harness.context, WantedToken(TokenKind.SERVER, "screph-1")).text


@pytest.fixture
def of_widget(api_url: str, of_server: str, harness: PaymentHarness) -> str:
    """A token of a widget."""
    return str(make(api_url, of_server, harness.account).json()["token"])


class TestMaking:
    def test_gives_what_the_element_needs(self, api_url: str, of_server: str, harness: PaymentHarness) -> None:
        answer = make(api_url, of_server, harness.account)

        made = answer.json()
        assert answer.status_code == 201
        assert made["token"].startswith("scr_w_")
        assert (made["script"], made["buy"]) == (f"{PORTAL}/widget.js", f"{PORTAL}/buy")
        with reading(harness.context.engine) as session:
            stored = find_token(session, hash_token(made["token"]))
        assert stored is not None
        assert stored.expires_at is not None
        left = stored.expires_at - harness.context.clock()
        assert timedelta(minutes=14) < left <= timedelta(minutes=15)
        assert (stored.kind, stored.origin, stored.account_id) == (TokenKind.WIDGET, PAGE, harness.account)

    def test_is_refused_for_pages_that_the_installation_does_not_name(
        self, api_url: str, of_server: str, harness: PaymentHarness
    ) -> None:
        answer = make(api_url, of_server, harness.account, OTHER)

        assert (answer.status_code, answer.json()["code"]) == (422, "origin_not_allowed")

    def test_is_refused_for_an_account_that_nobody_knows(self, api_url: str, of_server: str) -> None:
        answer = make(api_url, of_server, "nobody")

        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_account")

    def test_is_for_servers(
        self, api_url: str, of_kind: Callable[[TokenKind, str], Client], harness: PaymentHarness, of_widget: str
    ) -> None:
        own = create_token(harness.context, WantedToken(TokenKind.USER, harness.account)).text

        assert make(api_url, own, harness.account).status_code == 403
        assert make(api_url, of_widget, harness.account).status_code == 403

    def test_forgets_those_that_ended_long_ago(self, api_url: str, of_server: str, harness: PaymentHarness) -> None:
        old = str(make(api_url, of_server, harness.account).json()["token"])
        harness.offset += timedelta(days=2)

        make(api_url, of_server, harness.account)

        with reading(harness.context.engine) as session:
            assert find_token(session, hash_token(old)) is None


class TestAWidget:
    def test_reads_the_balance_from_its_page(self, api_url: str, of_widget: str) -> None:
        answer = account(api_url, of_widget, Origin=PAGE)

        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers

    def test_reads_it_from_our_own_frame(self, api_url: str, of_widget: str) -> None:
        assert account(api_url, of_widget, Origin=PORTAL).status_code == 200

    def test_reads_nothing_from_another_page(self, api_url: str, of_widget: str) -> None:
        answer = account(api_url, of_widget, Origin=OTHER)

        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_is_told_why_it_is_refused(self, api_url: str) -> None:
        answer = account(api_url, "scr_w_wrong", Origin=PAGE)

        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, PAGE)

    @pytest.mark.parametrize(
        ("origin", "method", "status"), [(PAGE, "GET", 200), (PAGE, "POST", 400), (OTHER, "GET", 400)]
    )
    def test_may_ask_beforehand_for_reading_alone(self, api_url: str, origin: str, method: str, status: int) -> None:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,last-event-id",
        }

        answer = requests.options(f"{api_url}/api/v1/account/events", headers=headers, timeout=5)

        assert answer.status_code == status

    @pytest.mark.parametrize("path", ["packages", "statement", "orders", "tokens", "profile/"])
    def test_reads_nothing_else(self, api_url: str, of_widget: str, path: str) -> None:
        headers = {"Authorization": f"Bearer {of_widget}", "Origin": PAGE}

        assert requests.get(f"{api_url}/api/v1/{path}", headers=headers, timeout=5).status_code == 403
