"""PayPal's variables: which must be set, and what is said about a wrong one."""

import inspect
from datetime import timedelta

import pytest

from gateways.paypal import VARIABLES, open_gateway, open_webhook_reader, settings
from gateways.settings import GatewaySettings, UnableToOpen

GIVEN = {"CLIENT_ID": "id", "CLIENT_SECRET": "secret", "WEBHOOK_ID": "5GP0"}


class TestOpenGateway:
    def test_needs_no_more_than_the_credentials(self) -> None:
        gateway = open_gateway(_settings(WEBHOOK_ID=""))

        assert (gateway.name, gateway.key_lifetime, gateway.refund_window) == (
            "paypal",
            timedelta(hours=5),
            timedelta(days=180),
        )

    @pytest.mark.parametrize("name", ["CLIENT_ID", "CLIENT_SECRET"])
    def test_says_what_is_missing(self, name: str) -> None:
        with pytest.raises(UnableToOpen, match=f"PAYPAL_{name} is not set"):
            open_gateway(_settings(**{name: " "}))

    @pytest.mark.parametrize(
        "base", ["http://api-m.paypal.com", "api-m.paypal.com", "ftp://127.0.0.1", "http://127.0.0.1.evil.example"]
    )
    def test_sends_no_secret_without_encryption(self, base: str) -> None:
        with pytest.raises(UnableToOpen, match="PAYPAL_API_BASE"):
            open_gateway(_settings(API_BASE=base))

    @pytest.mark.parametrize("base", ["https://api-m.sandbox.paypal.com", "http://127.0.0.1:9002/"])
    def test_takes_the_sandbox_and_a_double(self, base: str) -> None:
        assert open_gateway(_settings(API_BASE=base)).name == "paypal"


class TestOpenWebhookReader:
    def test_needs_no_secret(self) -> None:
        assert open_webhook_reader(_settings(CLIENT_ID="", CLIENT_SECRET="")).name == "paypal"

    def test_says_what_is_missing(self) -> None:
        with pytest.raises(UnableToOpen, match="PAYPAL_WEBHOOK_ID is not set"):
            open_webhook_reader(_settings(WEBHOOK_ID=""))

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "http://10.0.0.1:80",
            "http://127.0.0.1@evil.example",
            "http://[::1",
            "http://127.0.0.1:http",
            "http://127.0.0.1:99999",
            "ftp://127.0.0.1",
            "127.0.0.1:8702",
        ],
    )
    def test_fetches_certificates_elsewhere_only_on_this_machine(self, origin: str) -> None:
        with pytest.raises(UnableToOpen, match="PAYPAL_CERT_ORIGIN"):
            open_webhook_reader(_settings(CERT_ORIGIN=origin))


class TestVariables:
    def test_names_every_variable_that_is_read(self) -> None:
        source = inspect.getsource(settings)

        assert all(source.count(f'"{name}"') >= 2 for name in VARIABLES)


def _settings(**values: str) -> GatewaySettings:
    return GatewaySettings("PAYPAL_", GIVEN | values)
