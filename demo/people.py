"""The people of the demonstration's story: where they live, and what Screph's servers publish about them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from broker.publication import Publication
from messages.queues import INGRESS, MINUTE_USAGE, SALES


@dataclass(frozen=True, slots=True)
class Person:
    """An account with an address, a language tag and a time zone."""

    account_id: str
    email: str
    locale: str
    time_zone: str


BUYER = Person("demo-buyer", "lena@example.org", "de", "Europe/Berlin")
SUBSCRIBER = Person("demo-clara", "clara@example.org", "en", "Europe/London")
SPARING = Person("demo-oleg", "oleg@example.org", "ru", "Europe/Moscow")
PEOPLE = (BUYER, SUBSCRIBER, SPARING)

GIFT_MINUTES, USED_MINUTES = 20, 12
GIFT_LASTS = timedelta(days=9)


def registrations(at: datetime) -> Iterator[Publication]:
    """Say who they are and how they want to be written to, as Screph's servers do."""
    for person in PEOPLE:
        data = {"email": person.email, "locale": person.locale, "time_zone": person.time_zone, "currency": "RUB"}
        yield _publication(SALES, "account.registered", person, at, data)


def gift(at: datetime) -> Publication:
    """Give the sparing one minutes that end soon."""
    expires_at = (at + GIFT_LASTS).isoformat()
    data = {"kind": "promo", "minutes": GIFT_MINUTES, "expires_at": expires_at, "reason": "a gift"}
    return _publication(SALES, "package.grant_requested", SPARING, at, data)


def usage(at: datetime) -> Publication:
    """Report that most of the gift is used."""
    return _publication(INGRESS, "usage.reported", SPARING, at, {"minutes": USED_MINUTES, "feature": "translate"})


def _publication(exchange: str, what: str, person: Person, at: datetime, data: dict[str, Any]) -> Publication:
    message_id = f"{what}-{person.account_id}"
    event = {
        "specversion": "1.0",
        "id": message_id,
        "source": "screph-demo",
        "type": f"screph.{what}.v1",
        "subject": person.account_id,
        "time": at.isoformat(),
        "data": data,
    }
    return Publication(exchange, MINUTE_USAGE, message_id, json.dumps(event).encode())
