"""The sandbox's page on which a buyer saves a card."""

from collections.abc import Iterator

import httpx
import pytest

from domain.gateway.payment import Checkout
from domain.gateway.port import Gateway
from domain.gateway.requests import Buyer, SetupRequest
from domain.gateway.setup import SetupStatus
from gateways.sandbox.server.texts import ENGLISH, RUSSIAN
from tests.doubles.sandbox.double import SandboxDouble
from tests.gateways.sandbox.samples import gateway_of

BACK, AWAY = "http://127.0.0.1:1/saved?setup=1&x=2", "http://127.0.0.1:1/not-saved"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """The gateway, as the product opens it."""
    with SandboxDouble() as double:
        yield gateway_of(double)


def open_checkout_page(gateway: Gateway, *, locale: str | None = "en") -> Checkout:
    """Open a page that saves a card."""
    return gateway.create_setup(SetupRequest("setup-1", "RUB", Buyer("account-1", locale=locale), BACK, AWAY), "su-1")


class TestPage:
    @pytest.mark.parametrize(("locale", "words"), [("en", ENGLISH), ("ru-RU", RUSSIAN)])
    def test_says_what_is_saved_in_the_buyers_language(
        self, gateway: Gateway, locale: str, words: dict[str, str]
    ) -> None:
        page = httpx.get(open_checkout_page(gateway, locale=locale).redirect_url)

        assert page.text.count("<button") == 3
        assert words["sandbox"] in page.text
        assert words["save_lead"] in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]

    @pytest.mark.parametrize(
        ("click", "state", "goes_to"),
        [
            ("save", SetupStatus.SAVED, BACK),
            ("refuse", SetupStatus.FAILED, AWAY),
            ("expire", SetupStatus.EXPIRED, AWAY),
        ],
    )
    def test_sends_the_buyer_on_and_says_afterwards_how_it_ended(
        self, gateway: Gateway, click: str, state: SetupStatus, goes_to: str
    ) -> None:
        page = open_checkout_page(gateway)

        first, second = (httpx.post(f"{page.redirect_url}/{click}") for _ in range(2))

        assert (first.status_code, first.headers["location"]) == (303, goes_to)
        assert (second.status_code, second.headers["location"]) == (303, f"/save/{page.ref}")
        assert gateway.fetch_setup(page.ref).status is state
        assert ENGLISH[state.value] in httpx.get(page.redirect_url).text

    def test_of_nothing_is_missing(self, gateway: Gateway) -> None:
        page = open_checkout_page(gateway)

        assert httpx.get(page.redirect_url + "x").status_code == 404
        assert httpx.post(f"{page.redirect_url}/steal").status_code == 404
