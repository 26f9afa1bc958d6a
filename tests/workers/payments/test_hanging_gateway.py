"""One gateway hangs, drips or resets connections: payments of another are granted at once, and nothing is lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

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
    harness = PaymentHarness(engine, gateway)
    order_id = harness.buy(product, currency=currency)["order_id"]
    double.pay(harness.order(order_id)["checkout_ref"])
    return harness, order_id


def _is_paid(bought: tuple[PaymentHarness, str]) -> bool:
    harness, order_id = bought
    return bool(harness.order(order_id)["status"] == PaymentStatus.PAID)


def _deliver(broker: MemoryBroker, double: StripeDouble | PaypalDouble, reader: WebhookReader) -> None:
    """Deliver what the double has sent, as the webhook endpoint does."""
    publisher = MemoryPublisher(broker)
    for sent in list(double.deliveries.sent):
        hint = reader.read(lowered(sent.headers), sent.body, "127.0.0.1")
        if hint is not None:
            publisher.publish([webhook_publication(hint, sent.body, at=datetime.now(UTC))])


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
