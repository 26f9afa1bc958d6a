"""Opening the gateways that `GATEWAYS` names, each from its own folder."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from boot.clock import Clock, utc_now
from boot.settings import Settings, UnableToStart, gateway_settings
from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.folder import GatewayFolder, GatewayServer
from gateways.settings import GatewaySettings, UnableToOpen

_ANYWHERE = ("0.0.0.0", "::")


def open_gateways(settings: Settings) -> Mapping[str, Gateway]:
    """
    Open the adapter of each gateway; this needs its API secrets.

    Raises:
        UnableToStart: a gateway is not known, lacks a setting, or is for development and this is production.
    """
    with _translate_errors():
        return {
            name: _folder(settings, name).open_gateway(_settings_of(settings, name)) for name in settings.gateway_names
        }


def open_webhook_readers(settings: Settings) -> Mapping[str, WebhookReader]:
    """
    Open the webhook reader of each gateway; this needs no API secret.

    Raises:
        UnableToStart: as `open_gateways`.
    """
    with _translate_errors():
        return {
            name: _folder(settings, name).open_webhook_reader(_settings_of(settings, name))
            for name in settings.gateway_names
        }


def own_servers(settings: Settings, *, clock: Clock = utc_now) -> list[AbstractContextManager[str]]:
    """
    Return the servers of the gateways that run in this process; entered, each gives its URL.

    A gateway whose URL is set runs elsewhere already. What the servers store lies in the folder of the
    embedded parts. They go by `clock`, as the product does.

    Raises:
        UnableToStart: as `open_gateways`; or, when entered, the address is taken.
    """
    servers: list[AbstractContextManager[str]] = []
    for name in open_gateways(settings):
        own = _settings_of(settings, name)
        if not own.optional("URL", "") and find_spec(f"gateways.{name}.server") is not None:
            servers.append(
                _own_server(_served(settings, own, name), name, settings.embedded_dir / f"{name}.json", clock)
            )
    return servers


def _served(settings: Settings, own: GatewaySettings, name: str) -> GatewaySettings:
    """Return the settings of a server of ours: where nobody says where its webhooks go, they go to our endpoint."""
    if own.optional("WEBHOOK_URL", "") or not settings.webhooks_port:
        return own
    host = settings.webhooks_host if settings.webhooks_host not in _ANYWHERE else "127.0.0.1"
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.webhooks_port}/webhooks/{name}"
    return replace(own, values={**own.values, "WEBHOOK_URL": address})


@contextmanager
def _own_server(own: GatewaySettings, name: str, state_file: Path, clock: Clock) -> Iterator[str]:
    server = import_module(f"gateways.{name}.server")
    assert isinstance(server, GatewayServer), server
    state_file.parent.mkdir(parents=True, exist_ok=True)
    with _translate_errors(), server.serve_in_thread(own, state_file=state_file, clock=clock) as url:
        yield url


def _folder(settings: Settings, name: str) -> GatewayFolder:
    is_there = name.isidentifier() and find_spec(f"gateways.{name}") is not None
    folder = import_module(f"gateways.{name}") if is_there else None
    # `gateways.settings` is there as well, and it is not a gateway.
    if not isinstance(folder, GatewayFolder):
        raise UnableToStart(f"GATEWAYS names {name!r}, and there is no such gateway")
    if folder.IS_FOR_DEVELOPMENT and settings.environment != "development":
        raise UnableToStart(
            f"GATEWAYS names {name}, which moves no money and is for development; "
            "set ENVIRONMENT=development or leave it out"
        )
    return folder


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except UnableToOpen as error:
        raise UnableToStart(str(error)) from error


def _settings_of(settings: Settings, name: str) -> GatewaySettings:
    return gateway_settings(name, is_development=settings.environment == "development")
