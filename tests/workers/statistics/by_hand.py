"""People who buy, subscribe and use at moments that a history names, through the product's own messages."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from domain.catalogue.product import Product, ProductKind
from domain.gateway.decline import Decline
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from domain.payments.route import Route
from domain.periods import PeriodUnit
from domain.statistics.period import Days, midnight
from store.catalogue.product import save_products
from store.engine import Engine
from store.reading import reading
from store.transaction import transaction
from tests.doubles.memory import Books, MemoryGateway
from tests.store.minutes.history import sweep_at
from tests.workers.events import registered, reversal, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.payments.harness import PaymentHarness, PluggedContext
from tests.workers.promotions.harness import PromotionHarness
from tests.workers.subscriptions.harness import SubscriptionHarness
from web.admin.sheets import SHEETS
from workers.context import Shop
from workers.outcome import Result
from workers.statistics.count import count_statistics
from workers.subscriptions.renew import renew_due

Period = tuple[date, date]

ZONES = ("Europe/Moscow", "America/New_York")


def _product(product_id: str, seconds: int, prices: dict[str, int], **more: Any) -> Product:
    kind = ProductKind.SUBSCRIPTION if "period" in more else ProductKind.ONE_OFF
    each = {currency: Money(minor, currency) for currency, minor in prices.items()}
    return Product(product_id, kind, seconds, more.pop("valid_days", None), prices=each, **more)


PRODUCTS = (
    _product("std", 18_000, {"RUB": 69_900, "EUR": 799, "JPY": 1_000}),
    _product("short", 6_000, {"RUB": 29_900, "JPY": 600}, valid_days=30),
    _product("basic", 6_000, {"RUB": 19_900, "EUR": 299}, period=PeriodUnit.MONTH),
    _product("big", 18_000, {"RUB": 49_900}, period=PeriodUnit.MONTH),
    _product("week", 3_000, {"EUR": 199}, period=PeriodUnit.WEEK),
    _product("tried", 6_000, {"EUR": 299}, period=PeriodUnit.MONTH, trial_days=14, trial_seconds=1_800),
)


class TimedGateway(MemoryGateway):
    """A gateway whose clock is that of the history; `fee` is what it keeps of the next payment on its page."""

    def __init__(self, name: str, clock: Callable[[], datetime]) -> None:
        super().__init__(name)
        self.clock = clock
        self.fee: Money | None = None

    def _now(self) -> datetime:
        return self.clock()

    def _capture(self, books: Books) -> None:
        super()._capture(books)
        books.payment, self.fee = replace(books.payment, fee=self.fee), None


class Person(SubscriptionHarness):
    """One account of a history."""

    def __init__(self, life: "Life", name: str) -> None:
        self.life = life
        PaymentHarness.__init__(self, life.engine, life.bank)
        self.minutes = MinutesHarness(life.engine, account=name)
        self.context = life.context
        self.last = ""
        """Their last order."""
        self.at("bank", "RUB")

    def clock(self) -> datetime:
        """The moment that the history has come to."""
        return self.life.now

    def at(self, gateway: str, currency: str) -> "Person":
        """Buy at a gateway, in a currency, from now on."""
        self.memory = self.double = self.gateway = self.life.gateways[gateway]
        self.currency = currency
        return self

    def asks(self, product: str, **data: Any) -> None:
        """Ask for a link."""
        answer = self.buy(product, gateway=self.memory.name, currency=self.currency, **data)
        self.last = answer["order_id"]

    def pays(self, fee: Money | None = None) -> None:
        """Pay at the last link, and let its webhook arrive."""
        self.memory.fee = fee
        self.memory.pay(self.order(self.last)["checkout_ref"])
        self.hear_all()

    def ends(self, status: PaymentStatus) -> None:
        """Let the last link fail or expire."""
        self.memory.fail(self.order(self.last)["checkout_ref"], status)
        self.hear_all()

    def subscribes(self, product: str, **data: Any) -> None:
        """Ask for a subscription; pay later."""
        self.last = self.start(product, gateway=self.memory.name, **data)["order_id"]

    def pays_subscription(self) -> None:
        """Pay the first period; the method is saved."""
        self.buyer_pays(self.last)
        self.memory.hints.clear()

    def tries(self, product: str) -> None:
        """Begin a trial."""
        self.buyer_saves(self.start(product, gateway=self.memory.name)["setup_id"])
        self.memory.hints.clear()

    def gets_back(self, minor: int | None = None, order: int | None = None, **data: Any) -> None:
        """Be given back money of an order, by its place among those that are paid; of the last one unless said."""
        order_id = self.last if order is None else self.paid()[order]["id"]
        answer = self.refund(order_id, minor, **data)
        assert self.refunds(order_id), answer
        self.memory.hints.clear()
        self.deliver()

    def uses(self, seconds: int, *, at: datetime | None = None) -> None:
        """Report usage that ends now, or ended at a moment."""
        event = usage(self.account, seconds, at=at or self.life.now, event_id=f"{self.account}-{self.life.now}")
        assert self.minutes.results(event, now=self.life.now) == [Result.APPLIED]

    def takes_back(self, reported_at: datetime) -> None:
        """Reverse the usage that was reported at a moment."""
        event = reversal(self.account, f"{self.account}-{reported_at}", at=self.life.now)
        assert self.minutes.results(event, now=self.life.now) == [Result.APPLIED]


@dataclass
class Life:
    """Everybody of a history, both gateways, and the zone in whose nights somebody counts."""

    engine: Engine
    zone: str
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bank, self.till = TimedGateway("bank", lambda: self.now), TimedGateway("till", lambda: self.now)
        self.gateways = {"bank": self.bank, "till": self.till}
        self.context = PluggedContext(
            self.engine,
            clock=lambda: self.now,
            gateways=self.gateways,
            shop=Shop((Route("bank"), Route("till")), "RUB"),
            renewal_threads=1,
            business_zone=self.zone,
        )
        with transaction(self.engine) as session:
            save_products(session, PRODUCTS)

    def __getitem__(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = Person(self, name)
        return self.people[name]

    def promote(self, name: str, kind: str, **terms: Any) -> None:
        """Make a promotion, whose code is its name in capital letters."""
        promotions = PromotionHarness(self.engine, self["ann"])
        promotions.id, promotions.code = name, name.upper()
        promotions.create(kind, **terms)

    def make_test_account(self, name: str) -> None:
        """Mark an account that has done nothing yet as one for tests."""
        self[name].minutes.apply(registered(name, at=self.now), now=self.now)
        with transaction(self.engine) as session:
            session.execute(text("UPDATE account SET is_test = true WHERE id = :id"), {"id": name})

    def tick(self, decline: Decline | None = None) -> None:
        """Charge the renewals that are due, all of them or none with a decline."""
        if decline:
            self.bank.vault.declines.append(decline)
        renew_due(self.context, run_seconds=20)
        for person in self.people.values():
            person.deliver()
        self.bank.hints.clear()
        self.till.hints.clear()

    def sweep(self) -> None:
        """Book what has expired."""
        sweep_at(self.engine, self.now)

    def live(self, history: list[tuple[str, Callable[["Life"], object]]], nights: list[date]) -> None:
        """Let a history happen, and count in the night after each of some days."""
        steps = [(datetime.fromisoformat(f"2026-{at}+00:00"), step) for at, step in history]
        night = timedelta(minutes=30)
        steps += [
            (midnight(day + timedelta(days=1), self.zone) + night, lambda life: count_statistics(life.context))
            for day in nights
        ]
        for at, step in sorted(steps, key=lambda each: each[0]):
            self.now = at
            step(self)

    def sheet(self, name: str, first: date, last: date, currency: str = "") -> dict[str, Any]:
        """What a program gets of one page of statistics."""
        with reading(self.engine) as session:
            return SHEETS[name](session, Days(first, last, self.zone), currency).as_json()

    def definition(self, name: str, period: Period) -> str:
        """What people read about the figures of one page."""
        with reading(self.engine) as session:
            return SHEETS[name](session, Days(*period, self.zone), "RUB").definition


def here(life: Life, expected: Any) -> Any:
    """Return what is expected in the zone: of a pair, its part; of anything else, all of it."""
    return expected[ZONES.index(life.zone)] if isinstance(expected, tuple) else expected


def total(life: Life, name: str, period: Period, currency: str, *columns: str) -> tuple[Any, ...]:
    """Return some figures of a whole period."""
    found = life.sheet(name, *period, currency)["total"]
    return tuple(found[column] for column in columns)


def part(sheet: dict[str, Any], title: str) -> list[dict[str, Any]]:
    """Return the rows of a further table."""
    [found] = [each for each in sheet["parts"] if each["title"].startswith(title)]
    rows: list[dict[str, Any]] = found["rows"]
    return rows
