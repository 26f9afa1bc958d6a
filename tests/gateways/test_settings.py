"""The address of an API: encrypted, unless a double may answer there; the same for every gateway."""

from importlib import import_module

import pytest

from gateways.settings import GatewaySettings, UnableToOpen

GATEWAYS = {
    "stripe": {"SECRET_KEY": "sk_test_x"},
    "paypal": {"CLIENT_ID": "a", "CLIENT_SECRET": "b"},
    "yookassa": {"SHOP_ID": "100500", "SECRET_KEY": "test_x"},
}


def open_from(name: str, base: str, *, is_development: bool = False) -> object:
    settings = GatewaySettings(f"{name.upper()}_", GATEWAYS[name] | {"API_BASE": base}, is_development=is_development)
    return import_module(f"gateways.{name}").open_gateway(settings)


@pytest.mark.parametrize("name", GATEWAYS)
class TestApiBase:
    @pytest.mark.parametrize("base", ["https://proxy.example/v3/", "http://127.0.0.1:8701", "http://localhost:8701"])
    def test_may_be_encrypted_or_on_this_machine(self, name: str, base: str) -> None:
        assert open_from(name, base)

    def test_may_be_a_double_in_a_container_in_development(self, name: str) -> None:
        assert open_from(name, "http://doubles:8701", is_development=True)

    @pytest.mark.parametrize(
        "base",
        [
            "http://doubles:8701",
            "http://127.0.0.1:8701@proxy.example",
            "http://127.0.0.1.proxy.example",
            "https://user:password@proxy.example",
            "https://proxy.example?to=",
            "https://",
            "https://[",
            "https://proxy.example:port",
            "ftp://proxy.example",
            "nonsense",
        ],
    )
    def test_is_refused_in_production_otherwise(self, name: str, base: str) -> None:
        with pytest.raises(UnableToOpen, match=f"{name.upper()}_API_BASE"):
            open_from(name, base)
