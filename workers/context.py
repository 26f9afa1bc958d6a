"""The context: what every handler needs, made once and passed down."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from boot.wiring import utc_now
from domain.gateway.port import Gateway
from domain.minutes.rules import Rules
from domain.payments.route import Route
from messages.errors import Unavailable
from store.engine import Engine, Session
from store.transaction import transaction
from workers.transact import persistently

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shop:
    """How this installation sells: routes to gateways, its currency, and where buyers come back to."""

    routes: tuple[Route, ...] = ()
    currency: str = "RUB"
    return_url: str = "http://127.0.0.1:8080/paid"
    cancel_url: str = "http://127.0.0.1:8080/not-paid"


class NotSetUp(Unavailable):
    """A gateway is not set up here (any more); what is about it waits until it is."""


@dataclass(frozen=True, slots=True)
class Payments:
    """What every step of a payment needs."""

    engine: Engine
    rules: Rules
    gateways: Mapping[str, Gateway]
    shop: Shop = field(default_factory=Shop)
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], datetime] = utc_now

    def gateway(self, name: str) -> Gateway:
        """
        Return a gateway by its name.

        Raises:
            NotSetUp: it is not set up here (any more).
        """
        if name not in self.gateways:
            raise NotSetUp(f"gateway {name} is not set up; set its variables and name it in GATEWAYS")
        return self.gateways[name]

    def kept(self, work: Callable[[Session], T]) -> T:
        """
        Do work in one transaction, again and again while the store is away. No gateway is called within.

        Raises:
            NotSetUp: the work needs to know of a gateway that is not set up here; nothing was changed.
            GiveBack: the process is ending while the store is away.
        """

        def once() -> T | NotSetUp:
            try:
                with transaction(self.engine) as session:
                    return work(session)
            except NotSetUp as error:
                # Handed out, not raised: it would be taken for an absent store, and waited for while holding a thread.
                return error

        done = persistently(once, stopping=self.stopping)
        if isinstance(done, NotSetUp):
            raise done
        return done
