"""A buyer to look at where nothing is set up yet: who opens the portal's `/demo` comes in as them."""

from collections.abc import Iterator
from dataclasses import replace
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

BOUGHT_MINUTES, GIVEN_MINUTES = 600, 60
BOUGHT_DAYS_AGO, GIFT_DAYS_AGO, GIFT_LASTS = 19, 2, timedelta(days=6)

USED_MINUTES = (14, 9, 22, 0, 17, 31, 8, 12, 26, 0, 19, 7, 24, 15, 0, 28, 11, 18, 9)
"""Of each day since the purchase, so that there is enough to say how long the rest will last."""


def enter(context: Context) -> str:
    """
    Return the secret of an entry link for the demonstration's buyer.

    Where the demonstration was not played they get some packages and usage first, and the shop, if it is empty, its
    products; by messages, as everybody else does.
    """
    try:
        return _link(context)
    except NoSuchAccount:
        # So that usage of weeks ago is taken, too.
        patient = replace(context, rules=replace(context.rules, late_window=timedelta(days=BOUGHT_DAYS_AGO + 1)))
        for number, (model, data, age) in enumerate(_story(context)):
            at = context.clock() - age
            submit(patient, Submission(model, SUBSCRIBER.account_id, data, SOURCE, f"first-look-{number}", at))
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
    bought, given = timedelta(days=BOUGHT_DAYS_AGO), timedelta(days=GIFT_DAYS_AGO)
    yield AccountRegistered, known, bought
    yield PackageGrantRequested, {"kind": "purchased", "minutes": BOUGHT_MINUTES}, bought
    ends_at = (context.clock() - given + GIFT_LASTS).isoformat()
    gift = {"kind": "bonus", "minutes": GIVEN_MINUTES, "expires_at": ends_at}
    for ago, minutes in zip(range(BOUGHT_DAYS_AGO, 0, -1), USED_MINUTES, strict=True):
        if ago == GIFT_DAYS_AGO:
            yield PackageGrantRequested, gift, given
        if minutes:
            yield UsageReported, {"seconds": 60 * minutes, "feature": "translate"}, timedelta(days=ago, hours=-3)
