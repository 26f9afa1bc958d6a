"""Random lives over real HTTP: the four doubles as counterparts, behind the adapters and readers of the product."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from domain.catalogue.product import Product, ProductKind
from domain.gateway.errors import NotFound
from domain.gateway.payment import PaymentStatus
from domain.gateway.port import Gateway
from domain.gateway.refund import GatewayRefundStatus
from domain.gateway.webhook import Hint, WebhookReader
from domain.money import Money
from gateways.sandbox.server.state import Refusal
from gateways.sessions import deadline
from store.catalogue.product import save_products
from store.engine import Engine
from store.transaction import transaction
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.paypal.refusing import Refused as RefusedByPaypal
from tests.doubles.proxy import Mode, Proxy
from tests.doubles.stripe.buyers import UnableToPlay as UnableToPlayAtStripe
from tests.doubles.stripe.double import StripeDouble
from tests.doubles.stripe.refusing import Refused as RefusedByStripe
from tests.doubles.yookassa.objects import Refused as RefusedByYooKassa
from tests.doubles.yookassa.shop import UnableToPlay as UnableToPlayAtYooKassa
from tests.gateways.contract.abilities import Abilities, Disputing, Double, settings_of
from tests.gateways.contract.harness import PEER, lowered
from tests.workers.payments.counterpart import End
from tests.workers.payments.harness import PaymentHarness
from tests.workers.payments.histories import History, Offers, harness_of

PRODUCTS = (
    Product(
        "standard",
        ProductKind.ONE_OFF,
        18_000,
        None,
        prices={
            "RUB": Money(69_900, "RUB"),
            "USD": Money(999, "USD"),
            "JPY": Money(1_000, "JPY"),
            "KWD": Money(2_510, "KWD"),
        },
    ),
    Product("month", ProductKind.ONE_OFF, 6_000, 30, prices={"RUB": Money(29_900, "RUB"), "EUR": Money(349, "EUR")}),
)
"""Stripe takes no thousandths of a dinar, so its price ends with 0; of its parts some do not, and are refused."""


HANGING_S = 0.3
"""How long an act waits for a gateway that hangs, all its calls together; the product waits 15 s for each call."""


@dataclass(frozen=True, slots=True)
class Kind:
    """
    What a life needs to know of one gateway beyond what the contract says.

    Args:
        offers: what is sold through it.
        refunds: lists the double's refunds in a state.
        cannot: what the double's controls raise for what cannot be done.
        pay: lets a buyer pay, in one of the ways that there are.
        slow: what ends money that takes days.
        forget: deletes what is not stored there for some days.
        may_fail_late: a refund that has succeeded may fail.
    """

    offers: Offers
    refunds: Callable[[Any, GatewayRefundStatus], list[str]]
    cannot: tuple[type[Exception], ...]
    pay: Callable[[Any, str, random.Random], object] = lambda double, checkout_ref, _: double.pay(checkout_ref)
    slow: Callable[[Any], list[End]] = lambda _: []
    forget: Callable[[Any], object] = lambda _: None
    may_fail_late: bool = False


class OverHttp:
    """
    A double as the counterpart of a history.

    Args:
        double: serving already, and nobody else's, so that its books are the history's alone.
        able: its gateway.
        gateway: the adapter that speaks to it.
        reader: of its webhooks.
        proxy: between the adapter and the double.
        chance: decides in which way a buyer pays.
    """

    def __init__(
        self,
        double: Double,
        able: Abilities,
        *,
        gateway: Gateway,
        reader: WebhookReader,
        proxy: Proxy,
        chance: random.Random,
    ) -> None:
        self.faults = double.faults
        self.reports_disputes = able.has_disputes
        self._double = double
        self._able = able
        self._kind = KINDS[able.name]
        self._gateway = gateway
        self._reader = reader
        self._proxy = proxy
        self._chance = chance
        self._heard = 0

    @property
    def hold_refunds(self) -> bool:
        """Whether refunds stay pending until they are ended."""
        return self._double.hold_refunds

    @hold_refunds.setter
    def hold_refunds(self, holds: bool) -> None:
        self._double.hold_refunds = holds

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let no call be answered in time, or only in drops, for as long as the block lasts."""
        self._proxy.mode = self._chance.choice([Mode.HOLD, Mode.DRIP])
        try:
            with deadline(HANGING_S):
                yield
        finally:
            self._proxy.mode = Mode.PASS

    def let_arrive(self) -> None:
        """Let the calls arrive that were not answered."""
        self._proxy.let_arrive()

    def take_hints(self) -> list[Hint]:
        """Return what the webhooks since the last time were about, each proven by the reader."""
        sent = self._double.deliveries.sent[self._heard :]
        self._heard += len(sent)
        hints = [self._reader.read(lowered(webhook.headers), webhook.body, PEER) for webhook in sent]
        return [hint for hint in hints if hint is not None]

    def pay(self, checkout_ref: str) -> None:
        """Let the buyer pay, or approve, in one of the ways that there are."""
        with self._if_it_can():
            self._kind.pay(self._double, checkout_ref, self._chance)

    def pay_slowly(self, checkout_ref: str) -> None:
        """Let the buyer pay; how slowly is decided there."""
        self.pay(checkout_ref)

    def fail(self, checkout_ref: str, state: PaymentStatus) -> None:
        """Let the payment fail, expire, or wait for the buyer."""
        with self._if_it_can():
            match state:
                case PaymentStatus.FAILED:
                    self._double.decline(checkout_ref, self._able.page_decline[0])
                case PaymentStatus.EXPIRED:
                    self._double.expire(checkout_ref)
                case PaymentStatus.ACTION_REQUIRED:
                    self._double.need_action(checkout_ref)
                case other:
                    raise AssertionError(f"{other} is no failure")

    def waiting(self) -> Sequence[End]:
        """Return what ends refunds that are held, and money that takes days."""
        return [*self._ends(GatewayRefundStatus.PENDING), *self._kind.slow(self._double)]

    def given_back(self) -> Sequence[End]:
        """Return what lets refunds fail that have succeeded, where there is such a thing."""
        return self._ends(GatewayRefundStatus.SUCCEEDED) if self._kind.may_fail_late else []

    def refund_from_dashboard(self, payment_ref: str, minor: int) -> None:
        """Let staff give money back without us."""
        with self._if_it_can():
            self._double.refund_from_dashboard(payment_ref, minor)

    def payment_ref_of(self, checkout_ref: str) -> str | None:
        """Return the payment of a checkout, heard of or not."""
        with self._if_it_can():
            return self._double.payment_ref_of(checkout_ref)
        return None

    def failed(self) -> Sequence[End]:
        """Return nothing: a refund of these doubles that has failed stays so."""
        return []

    def open_dispute(self, payment_ref: str, minor: int | None) -> str | None:
        """Let the payer's bank ask for the money back, or for a part of it."""
        with self._if_it_can():
            return cast(Disputing, self._double).open_dispute(payment_ref, minor)
        return None

    def close_dispute(self, ref: str, *, won: bool) -> None:
        """Let the banks decide."""
        with self._if_it_can():
            cast(Disputing, self._double).close_dispute(ref, won=won)

    def let_days_pass(self) -> None:
        """Let the gateway forget what it does not keep for some days."""
        self._kind.forget(self._double)

    def books_of(self, checkout_ref: str) -> tuple[int, int]:
        """Return what the gateway says was captured and refunded, as the adapter reads it."""
        try:
            payment = self._gateway.fetch_payment(checkout_ref)
        except NotFound:
            return (0, 0)
        return (payment.price.minor if payment.status is PaymentStatus.PAID else 0, payment.refunded.minor)

    def books(self) -> dict[str, tuple[int, int]]:
        """Return the double's own sums."""
        return self._double.books()

    def _ends(self, state: GatewayRefundStatus) -> list[End]:
        return [partial(self._double.end_refund, ref) for ref in self._kind.refunds(self._double, state)]

    def _if_it_can(self) -> suppress:
        return suppress(*self._kind.cannot)


def fill_catalogue(engine: Engine) -> None:
    """Put on offer what these histories buy."""
    with transaction(engine) as session:
        save_products(session, PRODUCTS)


@contextmanager
def history_over_http(engine: Engine, able: Abilities, seed: int) -> Iterator[History]:
    """Give a life with a double of its own, which serves as long as the block lasts."""
    with able.new_double() as double, Proxy(double.url) as proxy:
        chance, settings = random.Random(seed), double.settings()
        behind_proxy = {name: value.replace(double.url, proxy.url) for name, value in settings.items()}
        gateway = able.folder.open_gateway(settings_of(able, behind_proxy))
        reader = able.folder.open_webhook_reader(settings_of(able, settings))
        harness = PaymentHarness(engine, gateway)
        harness.minutes = harness_of(engine, seed)
        counterpart = OverHttp(double, able, gateway=gateway, reader=reader, proxy=proxy, chance=chance)
        yield History(harness, counterpart, chance=chance, offers=KINDS[able.name].offers)


def _pay_at_stripe(double: StripeDouble, checkout_ref: str, chance: random.Random) -> None:
    (double.pay_slowly if chance.random() < 0.2 else double.pay)(checkout_ref)


def _slow_at_stripe(double: StripeDouble) -> list[End]:
    slow = {intent["id"] for intent in double.listed("intents") if intent["status"] == "processing"}
    sessions = [session["id"] for session in double.listed("sessions") if session["payment_intent"] in slow]
    return [partial(double.end_slow, ref) for ref in sessions]


def _approve_at_paypal(double: PaypalDouble, checkout_ref: str, chance: random.Random) -> None:
    # The money is taken by us, some time later; whether it then waits and when the wallet is saved is decided here.
    double.hold_captures, double.vault_later = chance.random() < 0.2, chance.random() < 0.5
    double.pay(checkout_ref)


def _refunds_at_paypal(double: PaypalDouble, state: GatewayRefundStatus) -> list[str]:
    status = {GatewayRefundStatus.PENDING: "PENDING", GatewayRefundStatus.SUCCEEDED: "COMPLETED"}[state]
    return [refund.id for refund in double.state.refunds.values() if refund.status == status]


def _slow_at_paypal(double: PaypalDouble) -> list[End]:
    held = [capture.id for capture in double.state.captures.values() if capture.status == "PENDING"]
    return [partial(double.end_capture, ref) for ref in held]


def _forget_at_paypal(double: PaypalDouble) -> None:
    for order in [order for order in double.state.orders.values() if not order.captures]:
        double.forget_order(order.id)


KINDS = {
    "sandbox": Kind(
        offers=(("standard", "RUB"), ("standard", "JPY"), ("standard", "KWD"), ("month", "RUB")),
        refunds=lambda double, state: [one.ref for one in double.state.records.refunds.values() if one.state is state],
        cannot=(Refusal,),
        may_fail_late=True,
    ),
    "stripe": Kind(
        offers=(("standard", "RUB"), ("standard", "JPY"), ("standard", "KWD"), ("month", "EUR")),
        pay=_pay_at_stripe,
        refunds=lambda double, state: [one["id"] for one in double.listed("refunds") if one["status"] == state],
        cannot=(UnableToPlayAtStripe, RefusedByStripe),
        slow=_slow_at_stripe,
        may_fail_late=True,
    ),
    "paypal": Kind(
        offers=(("standard", "USD"), ("standard", "JPY"), ("month", "EUR")),
        pay=_approve_at_paypal,
        refunds=_refunds_at_paypal,
        cannot=(ValueError, RefusedByPaypal),
        slow=_slow_at_paypal,
        forget=_forget_at_paypal,
    ),
    "yookassa": Kind(
        offers=(("standard", "RUB"), ("month", "RUB")),
        refunds=lambda double, state: [one["id"] for one in double.listed("refunds") if one["status"] == state],
        cannot=(UnableToPlayAtYooKassa, RefusedByYooKassa),
    ),
}
