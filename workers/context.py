"""The context: what every handler needs, made once at the composition root and passed down."""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from boot.clock import Clock, utc_now
from domain.access.second_person import ApprovalLimits
from domain.gateway.port import Gateway
from domain.minutes.rules import Rules
from domain.payments.route import Route
from messages.errors import Unavailable
from notify.mail import MailChannel
from notify.message import Sender
from notify.push import PushChannel
from store.engine import Engine, Session
from store.transaction import transaction
from workers.transact import transact

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shop:
    """
    How this installation sells: routes to gateways, its currency, and where buyers come back to.

    `without_renewals` are gateways whose contract lets nobody charge without the buyer.
    """

    routes: tuple[Route, ...] = ()
    currency: str = "RUB"
    return_url: str = "http://127.0.0.1:8080/paid"
    cancel_url: str = "http://127.0.0.1:8080/not-paid"
    without_renewals: frozenset[str] = frozenset()


class NotSetUp(Unavailable):
    """A gateway is not set up here (any more); its messages wait until it is."""


@dataclass(frozen=True, slots=True)
class Channels:
    """
    How this installation reaches people: by mail and by web push, where they are set up, and where links lead.

    `unsubscribe_secret` signs the links that unsubscribe. `away_until` is what this process remembers: channel -> until
    when nothing is sent at once by it, because its server was found away; the tick tries it all the same.
    """

    mail: MailChannel | None = None
    push: PushChannel | None = None
    sender: Sender = field(default_factory=lambda: Sender("Screph <screph@localhost>"))
    portal_url: str = "http://127.0.0.1:8080"
    unsubscribe_secret: bytes = b""
    away_until: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """
    What every handler needs. No handler reads a clock, a setting or the environment elsewhere.

    `renewal_threads` is how many renewals are charged at once. `stopping` is set when the process is to end.
    `patience_seconds` is how long a transaction is tried again while the store is away: for ever where a message is
    held, which can wait; some seconds where a person waits. `lock_wait_ms` is how long a batch of usage waits for
    accounts that somebody else holds; None: as long as the engine lets it. A campaign that gives more than
    `approve_above_seconds` in all needs a second person, and above `limits` an operator alone grants and refunds
    nothing. `along` is written at the end of each transaction, such as a line of the audit log.
    `business_zone` is the one whose days the figures count by.
    """

    engine: Engine
    rules: Rules = field(default_factory=Rules)
    clock: Clock = utc_now
    stopping: threading.Event = field(default_factory=threading.Event)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    shop: Shop = field(default_factory=Shop)
    channels: Channels = field(default_factory=Channels)
    retention: timedelta = timedelta(days=400)
    patience_seconds: float = math.inf
    lock_wait_ms: int | None = None
    renewal_threads: int = 16
    approve_above_seconds: int = 600_000
    limits: ApprovalLimits = field(default_factory=ApprovalLimits)
    along: Callable[[Session], None] | None = None
    business_zone: str = "UTC"

    def gateway(self, name: str) -> Gateway:
        """
        Return a gateway by its name.

        Raises:
            NotSetUp: it is not set up here (any more).
        """
        if name not in self.gateways:
            raise NotSetUp(f"gateway {name} is not set up; set its variables and name it in GATEWAYS")
        return self.gateways[name]

    def transact(self, work: Callable[[Session], T]) -> T:
        """
        Do work in one transaction, again and again while the store is away. No gateway is called within.

        Args:
            work: gets the session; repeating it must be harmless.

        Raises:
            GiveBack: the process is ending while the store is away.
            Unavailable: the patience is at its end.
            NotSetUp: the work needs a gateway that is not set up here; nothing was changed.
        """

        def once() -> T:
            with transaction(self.engine) as session:
                done = work(session)
                if self.along is not None:
                    self.along(session)
                return done

        return transact(once, stopping=self.stopping, patience_seconds=self.patience_seconds, fatal=(NotSetUp,))
