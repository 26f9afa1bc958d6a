"""What the workers of payments share: the store, the gateways, and the shop's own settings."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from boot.wiring import utc_now
from domain.gateway.port import Gateway
from domain.minutes.book import Book
from domain.minutes.rules import Rules
from domain.payments.route import Route
from messages.errors import MessageRejected, Unavailable
from messages.read import Event
from store import inbox
from store.inbox import Arrival, Key, Known
from store.minutes import add_packages, open_books
from store.transaction import Engine, Session, transaction
from workers.persistence import persistently

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


def open_book(session: Session, account_id: str, *package_ids: str | None) -> Book:
    """Open and lock the book of one account, with some packages whether they have something left or not."""
    book = open_books(session, {account_id})[account_id]
    add_packages(session, book, [package_id for package_id in package_ids if package_id])
    return book


def claim(session: Session, event: Event) -> int | Known:
    """
    Claim a message; return its new id, or what is known of it.

    Raises:
        MessageRejected: its id was used before with other content.
    """
    key = Key(event.envelope.source, event.envelope.id)
    claims = inbox.claim(session, [Arrival(key, event.envelope.type, event.sha256)])
    if key in claims.fresh:
        return claims.fresh[key]
    known = claims.known[key]
    if known.sha256 != event.sha256:
        raise MessageRejected(
            "SameIdOtherContent",
            f"id {key.event_id} of {key.source} was used before with other content; "
            "a different event needs a different id",
        )
    return known


def claim_gateway_event(session: Session, gateway: str, what: str, kind: str) -> int | None:
    """
    Claim a piece of news from a gateway, such as `paid:pi_1`, for ever; None when it was claimed before.

    So whatever tells it again, a webhook, a look-up or our own call, has no second effect.
    """
    key = Key(f"gateway/{gateway}", what)
    claims = inbox.claim(session, [Arrival(key, kind, sha256(f"{gateway}\0{what}".encode()).digest())])
    return claims.fresh.get(key)
