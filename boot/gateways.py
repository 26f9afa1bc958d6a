"""Opening the gateways that the settings name, each from its own folder."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from boot.settings import Settings, UnableToStart, gateway_settings
from domain.payments.gateway import Gateway, WebhookReader
from gateways.settings import UnableToOpen


def open_gateways(settings: Settings) -> Mapping[str, Gateway]:
    """
    Open what speaks to each gateway; this needs its API secrets.

    Raises:
        UnableToStart: a gateway is not known, lacks a setting, or is for development and this is production.
    """
    return {name: _opened(settings, name, "open_gateway") for name in settings.gateway_names}


def open_readers(settings: Settings) -> Mapping[str, WebhookReader]:
    """
    Open what verifies each gateway's webhooks; this needs no API secret.

    Raises:
        UnableToStart: as `open_gateways`.
    """
    return {name: _opened(settings, name, "open_reader") for name in settings.gateway_names}


def _opened(settings: Settings, name: str, function: str) -> Any:
    if not name.isidentifier() or find_spec(f"gateways.{name}") is None:
        raise UnableToStart(f"GATEWAYS names {name!r}, and there is no such gateway")
    opening = import_module(f"gateways.{name}.opening")
    is_development = settings.environment == "development"
    if getattr(opening, "IS_FOR_DEVELOPMENT", False) and not is_development:
        raise UnableToStart(
            f"GATEWAYS names {name}, which moves no money and is for development; "
            "set ENVIRONMENT=development or leave it out"
        )
    try:
        return getattr(opening, function)(gateway_settings(name, is_development=is_development))
    except UnableToOpen as error:
        raise UnableToStart(str(error)) from error
