"""
Three months of ten accounts, made up before anything was counted: every figure of them is worked out by hand in
`by_hand_use.py` and `by_hand_money.py`.

Moments are UTC. What lies between 21:00 and 05:00 is of another day in Moscow (always three hours ahead) than in New York
(five behind, from 8 March four), so that days, months and the change of clocks all matter.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

from domain.gateway.decline import Decline, Retry
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from tests.workers.statistics.by_hand import Life, Person

Step = Callable[[Life], object]


def _buys(name: str, product: str, gateway: str, currency: str, **data: object) -> Step:
    return lambda life: life[name].at(gateway, currency).asks(product, **data)


def _subscribes(name: str, product: str, gateway: str, currency: str, **data: object) -> Step:
    return lambda life: life[name].at(gateway, currency).subscribes(product, **data)


def _does(name: str, what: Callable[[Person], object]) -> Step:
    return lambda life: what(life[name])


def _pays(name: str, fee: Money | None = None) -> Step:
    return _does(name, lambda person: person.pays(fee))


def _begins(name: str) -> Step:
    return _does(name, lambda person: person.pays_subscription())


def _uses(name: str, seconds: int, *, at: datetime | None = None) -> Step:
    return _does(name, lambda person: person.uses(seconds, at=at))


def _tick(life: Life) -> None:
    life.tick()


def _declined(retry: Retry, code: str) -> Step:
    return lambda life: life.tick(Decline(retry, code))


def _codes(life: Life) -> None:
    life.promote("ten", "percent_off", share=1_000)
    life.promote("free", "percent_off", share=10_000)
    life.promote("plus", "bonus_seconds", seconds=600)
    life.promote("half", "percent_off", share=5_000, periods=2)


def _dispute(state: str) -> Step:
    return _does("dan", lambda dan: dan.report_dispute(dan.paid()[0]["id"], state))


HISTORY: list[tuple[str, Step]] = [
    ("01-01 10:00", _codes),
    ("01-05 12:00", _buys("ann", "std", "bank", "RUB")),
    ("01-05 12:05", _pays("ann", Money(2_097, "RUB"))),
    ("01-05 12:20", _buys("ann", "std", "bank", "RUB")),
    ("01-06 12:00", _uses("ann", 3_600)),
    ("01-06 12:20", _does("ann", lambda ann: ann.ends(PaymentStatus.EXPIRED))),
    ("01-07 11:00", lambda life: life.make_test_account("tess")),
    ("01-07 12:00", _buys("tess", "std", "bank", "RUB")),
    ("01-07 12:05", _pays("tess", Money(2_097, "RUB"))),
    ("01-08 12:00", _uses("tess", 100)),
    ("01-10 21:30", _buys("bob", "short", "till", "RUB", codes=["TEN"])),
    ("01-10 21:35", _pays("bob")),
    ("01-11 12:00", _uses("bob", 1_000)),
    ("01-12 12:00", _does("bob", lambda bob: bob.takes_back(datetime(2026, 1, 11, 12, tzinfo=UTC)))),
    ("01-12 12:01", _subscribes("gus", "big", "bank", "RUB")),
    ("01-12 12:05", _begins("gus")),
    ("01-15 12:00", _subscribes("cid", "basic", "bank", "RUB")),
    ("01-15 12:05", _begins("cid")),
    ("01-20 12:00", _buys("dan", "std", "till", "EUR")),
    ("01-20 12:05", _pays("dan", Money(30, "EUR"))),
    ("01-21 12:00", _uses("dan", 20_000)),
    ("01-25 12:00", _buys("eva", "std", "bank", "JPY")),
    ("01-25 12:05", _pays("eva", Money(5, "EUR"))),
    ("01-26 12:00", _uses("eva", 18_030)),
    ("01-31 22:00", _buys("ann", "short", "bank", "RUB")),
    ("01-31 22:05", _pays("ann")),
    ("01-31 22:30", _uses("ann", 1_800)),
    ("02-01 03:00", _subscribes("fay", "week", "till", "EUR")),
    ("02-01 03:05", _begins("fay")),
    ("02-02 12:00", _uses("ann", 900, at=datetime(2026, 1, 31, 20, tzinfo=UTC))),
    ("02-03 12:00", _does("ann", lambda ann: ann.gets_back(20_000, order=0))),
    ("02-05 12:00", _subscribes("hal", "basic", "till", "RUB", codes=["HALF"])),
    ("02-05 12:05", _begins("hal")),
    ("02-06 12:00", _uses("hal", 1_000)),
    ("02-08 00:00", _tick),
    ("02-10 12:00", _does("gus", lambda gus: gus.change("basic"))),
    ("02-10 14:00", _does("eva", lambda eva: eva.at("till", "EUR").tries("tried"))),
    ("02-11 12:00", _does("ivy", lambda ivy: ivy.at("till", "EUR").tries("tried"))),
    ("02-12 09:00", _tick),
    ("02-13 11:00", _does("ivy", lambda ivy: ivy.cancel())),
    ("02-13 12:00", Life.sweep),
    ("02-14 12:00", _buys("bob", "std", "bank", "RUB", codes=["PLUS"])),
    ("02-14 12:05", _pays("bob")),
    ("02-14 13:00", _uses("bob", 900)),
    ("02-15 00:00", _tick),
    ("02-15 09:00", _declined(Retry.LATER, "insufficient_funds")),
    ("02-16 09:30", _tick),
    ("02-16 12:00", _does("fay", lambda fay: fay.cancel())),
    ("02-18 12:00", _buys("dan", "std", "till", "EUR")),
    ("02-18 12:10", _does("dan", lambda dan: dan.ends(PaymentStatus.FAILED))),
    ("02-18 12:30", _buys("dan", "std", "till", "EUR")),
    ("02-18 12:35", _pays("dan")),
    ("02-19 12:00", Life.sweep),
    ("02-20 11:00", _dispute("open")),
    ("02-20 12:00", _uses("eva", 300)),
    ("02-20 13:00", _uses("cid", 2_000)),
    ("02-22 03:30", _tick),
    ("02-24 15:00", _tick),
    ("02-25 13:00", _tick),
    ("02-25 14:00", _buys("ivy", "short", "till", "JPY", codes=["FREE"])),
    ("02-26 12:00", _uses("ivy", 500)),
    ("03-02 12:00", _dispute("lost")),
    ("03-05 09:00", _tick),
    ("03-06 12:00", Life.sweep),
    ("03-09 04:30", _uses("ann", 120)),
    ("03-10 12:00", _subscribes("fay", "week", "till", "EUR")),
    ("03-10 12:05", _begins("fay")),
    ("03-12 09:00", _tick),
    ("03-13 12:00", _does("gus", lambda gus: gus.gets_back(order=-1))),
    ("03-15 09:00", _declined(Retry.NEW_METHOD, "expired_card")),
    ("03-17 09:00", _tick),
    ("03-20 11:00", _does("dan", lambda dan: dan.gets_back(200, waive_minutes=True))),
    ("03-20 12:00", Life.sweep),
    ("03-22 10:00", _tick),
    ("03-24 09:00", _tick),
    ("03-29 10:00", _tick),
    ("03-31 09:00", _tick),
    ("03-31 20:30", _uses("hal", 700)),
    ("03-31 22:10", _buys("bob", "short", "till", "RUB")),
    ("03-31 22:15", _pays("bob")),
]

NIGHTS = [
    date(2025, 12, 31),
    date(2026, 1, 31),
    *(date(2026, 2, day) for day in (15, 16, 18, 28)),
    *(date(2026, 3, day) for day in (13, 20, 25, 31)),
    *(date(2026, 4, day) for day in (9, 25)),
]
"""Days after whose end somebody counts: month ends, days that a test looks at, and two by which all is known."""

JANUARY, FEBRUARY, MARCH = (
    (date(2026, 1, 1), date(2026, 1, 31)),
    (date(2026, 2, 1), date(2026, 2, 28)),
    (date(2026, 3, 1), date(2026, 3, 31)),
)
QUARTER = (JANUARY[0], MARCH[1])
