"""What each gateway's folder owes to the product; README.md beside this file says how to write one."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.settings import GatewaySettings


@runtime_checkable
class GatewayFolder(Protocol):
    """The package `gateways.<name>`; its name is what `GATEWAYS`, addresses and tables call the gateway."""

    VARIABLES: Mapping[str, str]
    """Each variable that the folder reads, without its prefix, and what it means."""

    IS_FOR_DEVELOPMENT: bool
    """No money moves through it: an installation in production refuses to open it."""

    def open_gateway(self, settings: GatewaySettings) -> Gateway:
        """
        Return the gateway; no call is made yet.

        Raises:
            UnableToOpen: a setting is missing or wrong.
        """

    def open_webhook_reader(self, settings: GatewaySettings) -> WebhookReader:
        """
        Return the reader of its webhooks; it needs no secret that could move money.

        Raises:
            UnableToOpen: a setting is missing or wrong.
        """


@runtime_checkable
class GatewayServer(Protocol):
    """The package `gateways.<name>.server`, for a gateway that can run in a process of ours."""

    def serve_in_thread(
        self, settings: GatewaySettings, *, state_file: Path | None = None, clock: Callable[[], datetime] = ...
    ) -> AbstractContextManager[str]:
        """
        Return a server that runs until the block is left, by a clock; entered, it gives its URL.

        Raises:
            UnableToOpen: when entered: a setting is wrong, or the address is taken.
        """
