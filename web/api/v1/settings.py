"""What the API is told by its composition root, and what it remembers while it runs."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from asgi.peers import Network
from asgi.quota import Quota
from domain.access.scope import TokenKind
from messages.minutes.requests import UsageReported
from messages.registry import QUEUE_OF
from web.api.access import Callers
from web.days_of_use import days_of_use
from web.live.live import Live
from workers.context import Context
from workers.submit_together import Together

MINUTE = 60.0

SELLING_THREADS = 8
"""Requests that wait for a gateway have threads of their own; a slow gateway keeps nobody from reading."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many requests a token may make in a minute, by its kind."""

    reads: Mapping[TokenKind, int] = field(
        default_factory=lambda: {TokenKind.USER: 120, TokenKind.WIDGET: 120, TokenKind.SERVER: 6_000}
    )
    writes: Mapping[TokenKind, int] = field(
        default_factory=lambda: {TokenKind.USER: 30, TokenKind.WIDGET: 30, TokenKind.SERVER: 6_000}
    )

    @classmethod
    def of(cls, *, reads: int, writes: int, of_servers: int) -> "Limits":
        """Return the limits of buyers and their widgets, and one of servers for both kinds; requests in a minute."""
        servers = {TokenKind.SERVER: of_servers}
        return cls(
            {TokenKind.USER: reads, TokenKind.WIDGET: reads} | servers,
            {TokenKind.USER: writes, TokenKind.WIDGET: writes} | servers,
        )


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """
    Where the portal is, where else buyers may be sent back to, and how often tokens may ask.

    `address` is where the API itself is reached, `widget_origins` are pages that may show a balance. `trusted_proxies`
    are believed about where a request comes from.
    """

    portal_url: str = "http://127.0.0.1:8001"
    return_origins: Sequence[str] = ()
    address: str = "http://127.0.0.1:8000"
    widget_origins: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    trusted_proxies: Sequence[Network] = ()


class Api:
    """What every handler of the API needs."""

    def __init__(self, context: Context, callers: Callers, settings: ApiSettings) -> None:
        self.context = context
        self.callers = callers
        self.settings = settings
        self.reads = {kind: Quota(uses, MINUTE) for kind, uses in settings.limits.reads.items()}
        self.writes = {kind: Quota(uses, MINUTE) for kind, uses in settings.limits.writes.items()}
        self.usages = Together(context, QUEUE_OF[UsageReported])
        self.selling = ThreadPoolExecutor(SELLING_THREADS, "api-selling")
        self.live = Live(context)
        self.days_of_use = days_of_use()
        self.in_progress: set[tuple[str, str]] = set()


def api_of(request: Request) -> Api:
    """Return what the API was told at its start."""
    return cast(Api, request.app.state.api)
