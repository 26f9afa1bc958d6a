"""One gateway hangs, drips or resets connections: payments of another are granted at once, and nothing is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import quantiles

import pytest
from sqlalchemy import text

from boot.settings import Settings
from boot.wiring import Wiring
from broker.memory import MemoryBroker, MemoryPublisher
from domain.gateway.payment import PaymentStatus
from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.paypal import open_webhook_reader
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.client import PaypalClient
from gateways.settings import GatewaySettings
from gateways.stripe.adapter import StripeGateway
from gateways.stripe.client import open_client
from gateways.transport import Transport
from messages.errors import Busy
from relay.webhook_publication import webhook_publication
from store.catalogue.product import save_products
from store.engine import Engine
from store.transaction import transaction
from tests.doubles.paypal.double import CLIENT_ID, CLIENT_SECRET, PaypalDouble
from tests.doubles.proxy import Mode, Proxy
from tests.doubles.stripe.double import StripeDouble
from tests.gateways.contract.harness import lowered
from tests.gateways.stripe.samples import reader_of
from tests.servers.waiting import wait_until
from tests.workers.payments.harness import PaymentHarness
from tests.workers.payments.http_histories import PRODUCTS
from workers.actors import start
from workers.places import MOST_WAIT_S, Places, share_of

APPROVALS = 40
PAYMENTS = 10
DEADLINE_S = 3.0
MANY_PAYMENTS, PER_SECOND, LONG_DEADLINE_S = 100, 40, 45.0


class TestOneGatewayThatHangs:
    @pytest.mark.parametrize("mode", [Mode.HANG, Mode.DRIP, Mode.RESET])
    def test_holds_nobody_else_up_and_nothing_is_lost(self, shared_engine: Engine, mode: Mode) -> None:
        with transaction(shared_engine) as session:
            save_products(session, PRODUCTS)
        with StripeDouble() as stripe, PaypalDouble() as paypal, Proxy(paypal.url) as proxy:
            calm = StripeGateway(open_client(stripe.settings()["SECRET_KEY"], stripe.url))
            troubled = PaypalGateway(
                PaypalClient(Transport(proxy.url, deadline_s=DEADLINE_S), CLIENT_ID, CLIENT_SECRET)
            )
            approved = [_paid_order(shared_engine, troubled, paypal, "month", "EUR") for _ in range(APPROVALS)]
            bought = [_paid_order(shared_engine, calm, stripe, "standard", "USD") for _ in range(PAYMENTS)]
            proxy.mode, before = mode, proxy.requests
            with _working(shared_engine, {"stripe": calm, "paypal": troubled}) as broker:
                _deliver(broker, paypal, open_webhook_reader(GatewaySettings("PAYPAL_", paypal.settings())))
                wait_until(lambda: proxy.requests >= before + 2, "calls are with the gateway in trouble", limit_s=20)

                began_s = time.monotonic()
                _deliver(broker, stripe, reader_of(stripe))
                wait_until(lambda: all(map(_is_paid, bought)), "every payment of the other is granted", limit_s=20)

                # None has waited for a call that hangs, not even for one.
                assert time.monotonic() - began_s < DEADLINE_S
                assert not any(map(_is_paid, approved))
                proxy.mode = Mode.PASS
                wait_until(lambda: all(map(_is_paid, approved)), "the approved ones are granted, too", limit_s=90)
                assert not broker.dead_deliveries


class TestPayments:
    def test_wait_no_longer_while_another_gateway_hangs(
        self, shared_engine: Engine, record_property: Callable[[str, object], None]
    ) -> None:
        with transaction(shared_engine) as session:
            save_products(session, PRODUCTS)
        with StripeDouble() as stripe, PaypalDouble() as paypal, Proxy(paypal.url) as proxy:
            calm = StripeGateway(open_client(stripe.settings()["SECRET_KEY"], stripe.url))
            troubled = PaypalGateway(
                PaypalClient(Transport(proxy.url, deadline_s=LONG_DEADLINE_S), CLIENT_ID, CLIENT_SECRET)
            )
            for _ in range(APPROVALS // 2):
                _paid_order(shared_engine, troubled, paypal, "month", "EUR")
            bought = [_order(shared_engine, calm, "standard", "USD") for _ in range(MANY_PAYMENTS)]
            proxy.mode, before = Mode.HOLD, proxy.requests
            with _working(shared_engine, {"stripe": calm, "paypal": troubled}) as broker:
                _deliver(broker, paypal, open_webhook_reader(GatewaySettings("PAYPAL_", paypal.settings())))
                wait_until(lambda: proxy.requests >= before + 2, "calls are with the gateway in trouble", limit_s=20)

                checkouts = {order_id: harness.order(order_id)["checkout_ref"] for harness, order_id in bought}
                waits_s = _waits_of(broker, stripe, shared_engine, checkouts)

                proxy.mode = Mode.PASS
                proxy.let_arrive()
        p99_s = quantiles(waits_s, n=100)[98]
        record_property("p99_s", p99_s)
        print(f"{len(waits_s)} payments: median {quantiles(waits_s, n=100)[49]:.3f} s, p99 {p99_s:.3f} s")
        # Two seconds are promised; who waited for one call that hangs would have waited for most of its deadline.
        assert p99_s < LONG_DEADLINE_S / 3


class TestPlaces:
    @pytest.mark.parametrize(
        ("in_flight", "gateways", "share"),
        [(7, 1, 7), (7, 2, 3), (7, 3, 3), (7, 4, 2), (5, 3, 2), (5, 4, 1), (2, 9, 1)],
    )
    def test_leave_one_for_the_gateway_that_is_well(self, in_flight: int, gateways: int, share: int) -> None:
        assert share_of(in_flight, gateways=gateways) == share

    @pytest.mark.parametrize(("age_s", "wait_s"), [(0.0, 0.25), (3.0, 3.0), (60.0, MOST_WAIT_S)])
    def test_are_refused_when_all_are_taken_for_as_long_as_the_oldest_call_has_taken(
        self, age_s: float, wait_s: float
    ) -> None:
        now_s = [100.0]
        places = Places("paypal", 1, clock=lambda: now_s[0])

        with places.taken():
            now_s[0] += age_s
            with pytest.raises(Busy) as refused, places.taken():
                pass

        assert refused.value.wait_seconds == wait_s
        with places.taken():
            pass


def _paid_order(
    engine: Engine, gateway: Gateway, double: StripeDouble | PaypalDouble, product: str, currency: str
) -> tuple[PaymentHarness, str]:
    """Buy, and pay at the double; its webhook is not delivered yet."""
    harness, order_id = _order(engine, gateway, product, currency)
    double.pay(harness.order(order_id)["checkout_ref"])
    return harness, order_id


def _order(engine: Engine, gateway: Gateway, product: str, currency: str) -> tuple[PaymentHarness, str]:
    harness = PaymentHarness(engine, gateway)
    return harness, str(harness.buy(product, currency=currency)["order_id"])


def _is_paid(bought: tuple[PaymentHarness, str]) -> bool:
    harness, order_id = bought
    return bool(harness.order(order_id)["status"] == PaymentStatus.PAID)


def _deliver(
    broker: MemoryBroker, double: StripeDouble | PaypalDouble, reader: WebhookReader, *, begin: int = 0
) -> None:
    """Deliver what the double has sent, or what comes behind the first so many, as the webhook endpoint does."""
    publisher = MemoryPublisher(broker)
    for sent in double.deliveries.sent[begin:]:
        hint = reader.read(lowered(sent.headers), sent.body, "127.0.0.1")
        if hint is not None:
            publisher.publish([webhook_publication(hint, sent.body, at=datetime.now(UTC))])


def _waits_of(broker: MemoryBroker, stripe: StripeDouble, engine: Engine, checkouts: dict[str, str]) -> list[float]:
    """Let the buyers of some checkouts (order -> checkout) pay at a steady rate; return how long each order waited."""
    paid_s: dict[str, float] = {}
    seen_s: dict[str, float] = {}
    watching = threading.Thread(target=_watch, args=(engine, set(checkouts), seen_s), daemon=True)
    watching.start()
    reader, began_s = reader_of(stripe), time.monotonic()
    for number, (order_id, checkout_ref) in enumerate(checkouts.items()):
        time.sleep(max(0.0, began_s + number / PER_SECOND - time.monotonic()))
        paid_s[order_id] = time.monotonic()
        heard = len(stripe.deliveries.sent)
        stripe.pay(checkout_ref)
        _deliver(broker, stripe, reader, begin=heard)
    watching.join(LONG_DEADLINE_S)
    assert seen_s.keys() == checkouts.keys()
    return [seen_s[order_id] - paid_s[order_id] for order_id in checkouts]


def _watch(engine: Engine, orders: set[str], seen_s: dict[str, float]) -> None:
    paid = text("SELECT id FROM orders WHERE status = 'paid' AND id = ANY(:ids)")
    until_s = time.monotonic() + LONG_DEADLINE_S
    while len(seen_s) < len(orders) and time.monotonic() < until_s:
        with engine.connect() as connection:
            found = connection.execute(paid, {"ids": list(orders - seen_s.keys())}).scalars().all()
        seen_s.update(dict.fromkeys(found, time.monotonic()))
        time.sleep(0.01)


@contextmanager
def _working(engine: Engine, gateways: dict[str, Gateway]) -> Iterator[MemoryBroker]:
    settings = Settings(gateway_routes="EUR=paypal,*=stripe")
    wiring = Wiring(settings, engine, str(engine.url), amqp_url=None, gateways=gateways)
    worker = start(wiring)
    assert isinstance(wiring.broker, MemoryBroker)
    try:
        yield wiring.broker
    finally:
        worker.stop()
