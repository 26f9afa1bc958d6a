"""Opening the gateways that the settings name, each from its own folder."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from boot.settings import Settings, UnableToStart, gateway_settings
from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.settings import GatewaySettings, UnableToOpen


def open_gateways(settings: Settings) -> Mapping[str, Gateway]:
    """
    Open the adapter of each gateway; this needs its API secrets.

    Raises:
        UnableToStart: a gateway is not known, lacks a setting, or is for development and this is production.
    """
    return {name: _opened(settings, name, "open_gateway") for name in settings.gateway_names}


def open_readers(settings: Settings) -> Mapping[str, WebhookReader]:
    """
    Open the webhook reader of each gateway; this needs no API secret.

    Raises:
        UnableToStart: as `open_gateways`.
    """
    return {name: _opened(settings, name, "open_reader") for name in settings.gateway_names}


def own_servers(settings: Settings) -> list[AbstractContextManager[str]]:
    """
    Return the servers of gateways that run in this process unless their URL is set; entered, each gives its URL.

    Their state is stored in the folder of the embedded parts.

    Raises:
        UnableToStart: as `open_gateways`; or, when entered, the address cannot be listened at.
    """
    servers: list[AbstractContextManager[str]] = []
    for name in settings.gateway_names:
        _opened(settings, name, "open_gateway")
        own = _settings_of(settings, name)
        # Whoever names an address has a server there already.
        if "URL" not in own.values and find_spec(f"gateways.{name}.server") is not None:
            servers.append(_own_server(own, name, settings.embedded_dir / f"{name}.json"))
    return servers


@contextmanager
def _own_server(own: GatewaySettings, name: str, state_file: Path) -> Iterator[str]:
    server = import_module(f"gateways.{name}.server")
    state_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with server.serve_in_thread(own, state_file=state_file) as url:
            yield url
    except UnableToOpen as error:
        raise UnableToStart(str(error)) from error


def _settings_of(settings: Settings, name: str) -> GatewaySettings:
    return gateway_settings(name, is_development=settings.environment == "development")


def _opened(settings: Settings, name: str, function: str) -> Any:
    if not name.isidentifier() or find_spec(f"gateways.{name}") is None:
        raise UnableToStart(f"GATEWAYS names {name!r}, and there is no such gateway")
    opening = import_module(f"gateways.{name}.opening")
    if getattr(opening, "IS_FOR_DEVELOPMENT", False) and settings.environment == "production":
        raise UnableToStart(
            f"GATEWAYS names {name}, which moves no money and is for development; "
            "set ENVIRONMENT=development or leave it out"
        )
    try:
        return getattr(opening, function)(_settings_of(settings, name))
    except UnableToOpen as error:
        raise UnableToStart(str(error)) from error
