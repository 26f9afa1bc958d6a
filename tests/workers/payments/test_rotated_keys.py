"""A key of ours that is refused, over real HTTP: nothing ends, and everything goes on with the right key."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from messages.errors import Unavailable
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.gateways.contract.abilities import Abilities, Double, settings_of
from tests.gateways.contract.marks import ABILITIES
from tests.workers.payments.harness import PaymentHarness
from tests.workers.payments.http_histories import KINDS, fill_catalogue
from workers.payments.reconcile import poll_open_payments

AT_ONCE = timedelta(0)

WRONG = {
    "stripe": {"SECRET_KEY": "sk_test_of_another_account"},
    "paypal": {"CLIENT_SECRET": "another"},
    "yookassa": {"SECRET_KEY": "test_another"},
}
"""A value that the double refuses."""

WITH_KEYS = [able for able in ABILITIES if able.name in WRONG]


class Rotating:
    """A harness whose gateway can be opened with a key that is refused, and with the right one again."""

    def __init__(self, engine: Engine, able: Abilities, double: Double) -> None:
        self._able, self.double = able, double
        self.harness = PaymentHarness(engine, self._opened({}))

    def use_key(self, *, is_right: bool) -> None:
        """Open the gateway again."""
        gateway = self._opened({} if is_right else WRONG[self._able.name])
        self.harness.context = replace(self.harness.context, gateways={gateway.name: gateway})

    def buy(self) -> str:
        """Buy something that this gateway sells, and return the order."""
        product, currency = KINDS[self._able.name].offers[0]
        return str(self.harness.buy(product, currency=currency)["order_id"])

    def poll(self) -> None:
        """Poll everything that is open."""
        poll_open_payments(self.harness.context, open_for=AT_ONCE)

    def _opened(self, changes: dict[str, str]):  # type: ignore[no-untyped-def]
        return self._able.folder.open_gateway(settings_of(self._able, self.double.settings() | changes))


@pytest.fixture(params=WITH_KEYS, ids=lambda able: able.name)
def rotating(request: pytest.FixtureRequest, shared_engine: Engine) -> Iterator[Rotating]:
    """A harness over HTTP for each gateway that has a key."""
    fill_catalogue(shared_engine)
    with request.param.new_double() as double:
        yield Rotating(shared_engine, request.param, double)


class TestARefusedKey:
    def test_fails_no_order(self, rotating: Rotating) -> None:
        rotating.use_key(is_right=False)
        with pytest.raises(Unavailable):
            rotating.buy()
        rotating.use_key(is_right=True)

        rotating.poll()

        [order] = rotating.harness.orders()
        assert (order["status"], order["failure"]) == ("pending", None)
        assert order["redirect_url"] is not None

    def test_ends_no_refund(self, rotating: Rotating) -> None:
        order_id = rotating.buy()
        rotating.double.pay(rotating.harness.order(order_id)["checkout_ref"])
        rotating.poll()
        rotating.double.hold_refunds = True
        rotating.harness.refund(order_id)
        [sent] = rotating.harness.refunds(order_id)

        rotating.use_key(is_right=False)
        rotating.poll()
        [between] = rotating.harness.refunds(order_id)
        rotating.double.end_refund(sent["refund_ref"], succeeded=True)
        rotating.use_key(is_right=True)
        rotating.poll()

        [after] = rotating.harness.refunds(order_id)
        [package] = rotating.harness.minutes.packages()
        assert (sent["status"], between["status"], after["status"]) == ("sent", "unknown", "succeeded")
        assert (package["left_seconds"], package["state"]) == (0, "voided")


class TestAKeyThatLacksARight:
    def test_leaves_the_rest_of_the_poll_its_turn(self, rotating: Rotating) -> None:
        orders = [rotating.buy() for _ in range(5)]
        rotating.double.pay(rotating.harness.order(orders[-1])["checkout_ref"])
        rotating.double.faults.plan("fetch", Fault.FORBIDDEN, times=4)

        rotating.poll()

        assert [rotating.harness.order(order_id)["status"] for order_id in orders] == ["pending"] * 4 + ["paid"]
