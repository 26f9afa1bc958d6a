"""A harness at which a test subscribes, lets time pass, and lets buyers and banks do what they do."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text

from domain.catalogue.product import Product, ProductKind, Wording
from domain.gateway.port import Gateway
from domain.money import Money
from domain.payments.route import Route
from domain.periods import PeriodUnit
from messages.envelope import Envelope
from messages.payments.methods import SetupReturned
from messages.queues import NOTICE, PURCHASE, RENEWAL, SUBSCRIPTION
from messages.read import Event, read
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionChangeRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
    SubscriptionStartRequested,
)
from store.catalogue.product import save_products
from store.engine import Engine
from store.payments.method import save_method
from store.transaction import transaction
from tests.doubles.memory import MemoryGateway
from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.payments.harness import PRODUCTS, PaymentHarness, PluggedContext
from workers.context import Shop
from workers.payments.gateway_object import apply_object
from workers.queues import renewal, subscription
from workers.subscriptions.renew import renew_due

PLANS = (
    Product(
        "small",
        ProductKind.SUBSCRIPTION,
        6_000,
        None,
        prices={"RUB": Money(19_900, "RUB"), "EUR": Money(299, "EUR"), "USD": Money(299, "USD")},
        wordings={"en": Wording("Small")},
        period=PeriodUnit.MONTH,
    ),
    Product(
        "large",
        ProductKind.SUBSCRIPTION,
        18_000,
        None,
        prices={"RUB": Money(49_900, "RUB"), "EUR": Money(699, "EUR"), "USD": Money(699, "USD")},
        wordings={"en": Wording("Large")},
        period=PeriodUnit.MONTH,
    ),
    Product(
        "daily",
        ProductKind.SUBSCRIPTION,
        600,
        None,
        prices={"RUB": Money(2_900, "RUB")},
        wordings={"en": Wording("Daily")},
        period=PeriodUnit.DAY,
    ),
    Product(
        "tried",
        ProductKind.SUBSCRIPTION,
        6_000,
        None,
        prices={"RUB": Money(19_900, "RUB"), "EUR": Money(299, "EUR"), "USD": Money(299, "USD")},
        wordings={"en": Wording("Tried")},
        period=PeriodUnit.MONTH,
        trial_days=14,
        trial_seconds=1_800,
    ),
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class SubscriptionHarness(PaymentHarness):
    """One account that subscribes through one gateway."""

    def __init__(self, engine: Engine, gateway: Gateway, double: Any, *, currency: str = "RUB") -> None:
        super().__init__(engine, gateway, now=datetime(2026, 1, 31, 12, tzinfo=UTC))
        self.double = double
        if isinstance(double, SandboxDouble):
            double.state.clock = self.clock
        self.currency = currency
        self.context = PluggedContext(
            engine,
            clock=self.clock,
            gateways={gateway.name: gateway},
            shop=Shop((Route(gateway.name),), currency),
            renewal_threads=2,
            plug=self.plug,
        )
        with transaction(engine) as session:
            save_products(session, (*PRODUCTS, *PLANS))

    # ---- what is asked for

    def ask(self, model: type[Envelope], data: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Hand in a message of the queue `subscription` and return its answer."""
        event = self.event(model, data, SUBSCRIPTION, key=key or uuid.uuid4().hex)
        [outcome] = subscription.handle(self.context, [event])
        return outcome.answer

    def start(self, product: str = "small", **data: Any) -> dict[str, Any]:
        """Ask for a subscription."""
        return self.ask(SubscriptionStartRequested, {"product_id": product, "currency": self.currency, **data})

    def cancel(self, when: str = "period_end", **data: Any) -> dict[str, Any]:
        """Cancel it."""
        return self.ask(SubscriptionCancelRequested, {"when": when, "cancelled_by": "buyer", **data})

    def pause(self, **data: Any) -> dict[str, Any]:
        """Pause it."""
        return self.ask(SubscriptionPauseRequested, data)

    def resume(self) -> dict[str, Any]:
        """Resume it."""
        return self.ask(SubscriptionResumeRequested, {})

    def change(self, product: str, **data: Any) -> dict[str, Any]:
        """Change its product."""
        return self.ask(SubscriptionChangeRequested, {"product_id": product, **data})

    def pay_by_hand(self) -> dict[str, Any]:
        """Ask for a checkout for the renewal that is owed."""
        return self.ask(SubscriptionPaymentRequested, {})

    # ---- what happens

    def subscribed(self, product: str = "small", **data: Any) -> str:
        """Subscribe, pay and hear of it; return the subscription."""
        answer = self.start(product, **data)
        self.buyer_pays(answer["order_id"])
        return str(answer["subscription_id"])

    def on_trial(self, **data: Any) -> str:
        """Start a subscription with a trial, save a method and hear of it; return the subscription."""
        answer = self.start("tried", **data)
        self.buyer_saves(answer["setup_id"])
        return str(answer["subscription_id"])

    def buyer_saves(self, setup_id: str) -> None:
        """Let the buyer save a method on the page of a setup, and come back."""
        [setup] = self.minutes.select("SELECT setup_ref FROM method_setup WHERE id = :id", id=setup_id)
        self.double.finish_setup(setup["setup_ref"])
        self.handle(self.event(SetupReturned, {"setup_id": setup_id}, PURCHASE))
        self.deliver()

    def buyer_pays(self, order_id: str) -> None:
        """Let the buyer pay the checkout of an order, and let its webhook arrive."""
        ref = self.order(order_id)["checkout_ref"]
        self.double.pay(ref)
        if isinstance(self.double, MemoryGateway):
            # It opens no page on which a method could be saved.
            with transaction(self.engine) as session:
                save_method(session, self.account, self.double.name, self.double.add_method(), at=self.clock())
        self.hear_of(ref)

    def hear_of(self, ref: str) -> None:
        """Apply a payment as its gateway has it now, as a webhook or a poll does."""
        apply_object(self.context, self.gateway.name, self.gateway.fetch_payment(ref))
        self.deliver()

    def deliver(self) -> int:
        """Let the messages to the queue `renewal` about this account arrive; return how many."""
        with transaction(self.engine) as session:
            rows = session.execute(
                text("SELECT id, body FROM outbox WHERE routing_key = :queue ORDER BY id"), {"queue": RENEWAL}
            ).all()
        mine = [(row.id, bytes(row.body)) for row in rows if self.account.encode() in bytes(row.body)]
        for row_id, body in mine:
            [event] = read(body, queue=RENEWAL)
            assert isinstance(event, Event)
            renewal.handle(self.context, [event])
            with transaction(self.engine) as session:
                session.execute(text("DELETE FROM outbox WHERE id = :id"), {"id": row_id})
        return len(mine)

    def run(self) -> dict[str, int]:
        """Let the due tick come once."""
        return dict(renew_due(self.context, run_seconds=20))

    def pass_time(self, by: timedelta) -> None:
        """Let time pass, and let the tick come."""
        self.offset += by
        self.run()

    def until(self, moment: datetime) -> None:
        """Let it become a moment, and let the tick come."""
        self.pass_time(moment - self.clock() + timedelta(seconds=1))

    # ---- what is there

    def row(self) -> dict[str, Any]:
        """The newest subscription of the account."""
        return self.minutes.select(
            "SELECT subscription.* FROM subscription JOIN account ON account.number = account"
            " WHERE account.id = :account ORDER BY created_at DESC LIMIT 1"
        )[0]

    def status(self) -> str:
        """How it stands."""
        return str(self.row()["status"])

    def attempts(self) -> list[tuple[int, str, str | None, str | None]]:
        """Every attempt of the account's orders: its number, what came of it, its class and its code."""
        rows = self.minutes.select(
            "SELECT charge, outcome, retry, code FROM payment_attempt JOIN orders ON orders.id = order_id"
            " JOIN account ON account.number = orders.account WHERE account.id = :account ORDER BY at, payment_attempt.number"
        )
        return [(row["charge"], row["outcome"], row["retry"], row["code"]) for row in rows]

    def paid(self) -> list[dict[str, Any]]:
        """The paid orders, the oldest first."""
        return [order for order in self.orders() if order["status"] == "paid"]

    def money(self) -> tuple[int, int]:
        """What the gateway has captured and refunded."""
        books: dict[str, tuple[int, int]] = self.double.books()
        return books.get(self.currency, (0, 0))

    def owed(self, *kinds: str) -> list[dict[str, Any]]:
        """The notices that are owed to the account, the oldest first; of some kinds, or of all."""
        rows = self.minutes.select("SELECT body FROM outbox WHERE routing_key = :queue ORDER BY id", queue=NOTICE)
        bodies = [orjson.loads(bytes(row["body"])) for row in rows]
        notices = [body["data"] for body in bodies if body["subject"] == self.account]
        return [one for one in notices if not kinds or one["kind"] in kinds]

    def kinds(self) -> list[str]:
        """The facts about the subscription, in order."""
        return [
            fact["type"].removeprefix("screph.subscription.")[:-3]
            for fact in self.minutes.facts()
            if fact["type"].startswith("screph.subscription.")
        ]
