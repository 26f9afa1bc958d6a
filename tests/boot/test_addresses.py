"""Addresses that nobody names follow the ports."""

import pytest

from boot.settings import load_settings

NAMES = ("WEB_API_URL", "PORTAL_URL", "ADMIN_URL", "SHOP_RETURN_URL", "SHOP_CANCEL_URL")
PORTS = {"WEB_API_PORT": "9101", "WEB_PORTAL_PORT": "9102", "WEB_ADMIN_PORT": "9103"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other ports than usual, and no address."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in PORTS.items():
        monkeypatch.setenv(name, value)


def test_are_those_of_their_ports_and_of_the_portals_pages() -> None:
    settings = load_settings()

    assert settings.web_api_url == "http://127.0.0.1:9101"
    assert settings.portal_url == "http://127.0.0.1:9102"
    assert settings.admin_url == "http://127.0.0.1:9103"
    assert settings.shop_return_url == "http://127.0.0.1:9102/receipts"
    assert settings.shop_cancel_url == "http://127.0.0.1:9102/buy"


def test_that_are_named_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_URL", "https://my.screph.example")
    monkeypatch.setenv("SHOP_CANCEL_URL", "https://screph.example/no")

    settings = load_settings()

    assert settings.portal_url == "https://my.screph.example"
    assert settings.shop_return_url == "https://my.screph.example/receipts"
    assert settings.shop_cancel_url == "https://screph.example/no"


def test_of_any_free_port_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_PORTAL_PORT", "0")

    assert load_settings().portal_url == "http://127.0.0.1:8001"
