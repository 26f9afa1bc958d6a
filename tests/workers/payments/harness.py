"""A harness at which a test buys, refunds and disputes through a gateway in the process."""

import base64
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from domain.catalogue.product import Product, ProductKind, Wording
from domain.gateway.port import Gateway
from domain.gateway.webhook import Hint
from domain.money import Money
from domain.payments.route import Route
from domain.periods import PeriodUnit
from messages.envelope import Envelope
from messages.minutes.requests import UsageReported
from messages.payments.requests import DisputeReported, PurchaseRequested, RefundRequested, WebhookReceived
from messages.queues import MINUTE_USAGE, PURCHASE, WEBHOOK
from messages.read import Event, read
from messages.write import write
from store.catalogue.product import save_products
from store.engine import Engine, Session
from store.payments.review import review_items
from store.reading import reading
from store.transaction import transaction
from tests.doubles.memory import MemoryGateway
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context, Shop
from workers.payments.webhook import receive
from workers.queues import minute_usage
from workers.queues.purchase import handle

T = TypeVar("T")

PRODUCTS = (
    Product(
        "standard",
        ProductKind.ONE_OFF,
        18_000,
        None,
        prices={"RUB": Money(69_900, "RUB"), "JPY": Money(1_000, "JPY"), "KWD": Money(2_501, "KWD")},
        wordings={"ru": Wording("Стандартный"), "en": Wording("Standard")},
    ),
    Product("month", ProductKind.ONE_OFF, 6_000, 30, prices={"RUB": Money(29_900, "RUB")}),
    Product(
        "monthly",
        ProductKind.SUBSCRIPTION,
        6_000,
        30,
        prices={"RUB": Money(29_900, "RUB")},
        period=PeriodUnit.MONTH,
    ),
    Product("old", ProductKind.ONE_OFF, 6_000, None, is_active=False, prices={"RUB": Money(100, "RUB")}),
)


class Crash(BaseException):
    """The process ends here, as by kill -9: nothing that comes after is done."""


@dataclass(slots=True)
class Plug:
    """Pulls the plug before or after the n-th transaction from now; 0 never."""

    transactions: int = 0
    is_after_commit: bool = True

    def counts(self) -> bool:
        """Count one transaction; True when it is the one."""
        if self.transactions <= 0:
            return False
        self.transactions -= 1
        return self.transactions == 0


@dataclass(frozen=True, slots=True)
class PluggedContext(Context):
    """A context whose plug can be pulled between any two steps."""

    plug: Plug = field(default_factory=Plug)

    def transact(self, work: Callable[[Session], T]) -> T:
        """Do work in a transaction, unless the plug is pulled before it; it may be pulled after it."""
        is_now = self.plug.counts()
        if is_now and not self.plug.is_after_commit:
            raise Crash
        done = Context.transact(self, work)
        if is_now:
            raise Crash
        return done


ORDERS = (
    "SELECT orders.*, package.id::text AS package_id FROM orders LEFT JOIN package ON package.number = orders.package"
)


class PaymentHarness:
    """One account, one gateway, and everything that is said between them and the product."""

    def __init__(self, engine: Engine, gateway: Gateway | None = None, *, now: datetime | None = None) -> None:
        self.engine = engine
        self.memory = MemoryGateway()
        self.gateway = gateway or self.memory
        self.offset = timedelta(0) if now is None else now - datetime.now(UTC)
        shop = Shop((Route(self.gateway.name),), "RUB")
        self.plug = Plug()
        self.context = PluggedContext(
            engine, clock=self.clock, gateways={self.gateway.name: self.gateway}, shop=shop, plug=self.plug
        )
        self.minutes = MinutesHarness(engine)
        self._numbers = itertools.count(1)

    @property
    def account(self) -> str:
        """The account's id."""
        return self.minutes.account

    def clock(self) -> datetime:
        """The moment it is, for the product."""
        return datetime.now(UTC) + self.offset

    def event(
        self, model: type[Envelope], data: dict[str, Any], queue: str, *, source: str = "shop", key: str | None = None
    ) -> Event:
        """Return a message as it would come off the queue."""
        message_id = key or f"{self.account}-{next(self._numbers)}"
        _, body = write(model, data, at=self.clock(), subject=self.account, message_id=message_id, source=source)
        [event] = read(body, queue=queue)
        assert isinstance(event, Event), event
        return event

    def buy(self, product: str = "standard", *, key: str | None = None, **data: Any) -> dict[str, Any]:
        """Ask for a purchase and return the answer."""
        return self.handle(self.event(PurchaseRequested, {"product_id": product, **data}, PURCHASE, key=key))

    def event_of_purchase(self, key: str) -> Event:
        """Return a request to buy, to be handled as often as a test likes."""
        return self.event(PurchaseRequested, {"product_id": "standard"}, PURCHASE, key=key)

    def handle(self, event: Event) -> dict[str, Any]:
        """Handle a message of the queue `purchase`."""
        [outcome] = handle(self.context, [event])
        return outcome.answer

    def bought(self, product: str = "standard", **data: Any) -> tuple[str, str]:
        """Buy, pay, and hear of it; return the order and the payment."""
        order_id = self.buy(product, **data)["order_id"]
        self.memory.pay(self.order(order_id)["checkout_ref"])
        self.hear_all()
        return order_id, str(self.order(order_id)["payment_ref"])

    def refund(self, order_id: str, minor: int | None = None, **data: Any) -> dict[str, Any]:
        """Ask for a refund and return the answer."""
        request = {"order_id": order_id, "amount_minor": minor, "reason": "asked for", "requested_by": "olga", **data}
        return self.handle(self.event(RefundRequested, request, PURCHASE))

    def items(self) -> list[tuple[str, str]]:
        """What a person should review about this gateway, an hour from now: the kind and what is known."""
        with reading(self.engine) as session:
            found = review_items(session, now=self.clock() + timedelta(hours=1))
        return [(item.kind, item.sentence) for item in found if item.gateway == self.gateway.name]

    def report_dispute(self, order_id: str, state: str, ref: str = "letter-1", **data: Any) -> dict[str, Any]:
        """Tell of a dispute as an operator does."""
        said = {"order_id": order_id, "dispute_ref": ref, "state": state, "reason": "a letter", **data}
        return self.handle(self.event(DisputeReported, said, PURCHASE))

    def use(self, seconds: int) -> None:
        """Use some seconds."""
        event = self.event(UsageReported, {"seconds": seconds}, MINUTE_USAGE)
        minute_usage.handle(self.context, [event])

    def hear(self, hint: Hint) -> str:
        """Let a webhook arrive and return what became of it."""
        data = {
            "gateway": hint.gateway,
            "subject": str(hint.subject),
            "ref": hint.ref,
            "event": hint.event,
            "is_signed": hint.is_signed,
            "body_base64": base64.b64encode(hint.event.encode()).decode(),
        }
        source = f"gateway/{hint.gateway}"
        key = f"{self.account}-{hint.dedupe_key}"
        return receive(self.context, self.event(WebhookReceived, data, WEBHOOK, source=source, key=key))

    def hear_all(self) -> list[str]:
        """Let every webhook arrive that waits."""
        heard = []
        while self.memory.hints:
            heard.append(self.hear(self.memory.hints.popleft()))
        return heard

    def order(self, order_id: str) -> dict[str, Any]:
        """The row of an order, with the id of its package."""
        [row] = self.minutes.select(f"{ORDERS} WHERE orders.id = :id", id=order_id)
        return row

    def orders(self) -> list[dict[str, Any]]:
        """The rows of the account's orders, the oldest first."""
        return self.minutes.select(
            f"{ORDERS} JOIN account ON account.number = orders.account WHERE account.id = :account"
            " ORDER BY orders.created_at"
        )

    def refunds(self, order_id: str) -> list[dict[str, Any]]:
        """The rows of an order's refunds."""
        return self.minutes.select("SELECT * FROM refund WHERE order_id = :id ORDER BY created_at, id", id=order_id)


def fill_catalogue(engine: Engine) -> None:
    """Put the products on offer."""
    with transaction(engine) as session:
        save_products(session, PRODUCTS)


def fresh_harness(engine: Engine, *, account: str | None = None, gateway: str | None = None) -> PaymentHarness:
    """Return a harness with an account and a gateway of its own names, so that tests that share a database never meet."""
    harness = PaymentHarness(engine)
    if account is not None:
        harness.minutes = replace(harness.minutes, account=account)
    harness.memory.name = gateway or f"memory{uuid.uuid4().hex[:8]}"
    shop = Shop((Route(harness.memory.name),), "RUB")
    harness.context = PluggedContext(
        engine, clock=harness.clock, gateways={harness.memory.name: harness.memory}, shop=shop, plug=harness.plug
    )
    return harness
