"""A buyer to look at where nothing is set up yet: who opens the portal's `/demo` comes in as them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from demo.catalogue import PRODUCTS
from demo.people import SUBSCRIBER
from messages.access.requests import AccountRegistered
from messages.envelope import AboutAccount
from messages.minutes.requests import PackageGrantRequested, UsageReported
from store.catalogue.read import list_products
from store.reading import reading
from workers.access.sessions import NoSuchAccount, make_entry_link
from workers.catalogue.product import write_products
from workers.context import Context
from workers.submit import Submission, submit

SOURCE = "screph-first-look"

BOUGHT_MINUTES, GIVEN_MINUTES = 300, 30
OWNED_FOR, GIFT_LASTS = timedelta(days=2), timedelta(days=5)

USED_MINUTES = (7, 12, 4, 18, 9)
"""Of usages since the packages came, evenly apart."""


def enter(context: Context) -> str:
    """
    Return the secret of an entry link for the demonstration's buyer.

    Where the demonstration was not played they get some packages and usage first, and the shop, if it is empty, its
    products; by messages, as everybody else does.
    """
    try:
        return _link(context)
    except NoSuchAccount:
        for number, (model, data, age) in enumerate(_story(context)):
            at = context.clock() - age
            submit(context, Submission(model, SUBSCRIBER.account_id, data, SOURCE, f"first-look-{number}", at))
        with reading(context.engine) as session:
            is_empty = not list_products(session, only_active=False)
        if is_empty:
            write_products(context, PRODUCTS)
        return _link(context)


def _link(context: Context) -> str:
    return make_entry_link(context, SUBSCRIBER.account_id, task="/", asked_by="demo")


def _story(context: Context) -> Iterator[tuple[type[AboutAccount], dict[str, Any], timedelta]]:
    # Without a language, so that the pages speak that of the browser.
    known = {"email": SUBSCRIBER.email, "time_zone": SUBSCRIBER.time_zone, "currency": "RUB"}
    yield AccountRegistered, known, OWNED_FOR
    yield PackageGrantRequested, {"kind": "purchased", "minutes": BOUGHT_MINUTES}, OWNED_FOR
    ends_at = (context.clock() + GIFT_LASTS).isoformat()
    yield PackageGrantRequested, {"kind": "bonus", "minutes": GIVEN_MINUTES, "expires_at": ends_at}, OWNED_FOR
    for number, minutes in enumerate(USED_MINUTES, 1):
        age = OWNED_FOR * (1 - number / (len(USED_MINUTES) + 1))
        yield UsageReported, {"seconds": 60 * minutes, "feature": "translate"}, age
