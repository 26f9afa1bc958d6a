"""Refunds that name one of ours and are another one, over real HTTP: metadata is copied by hand and with databases."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from domain.gateway.requests import Buyer, RefundRequest
from domain.gateway.webhook import Hint, Subject
from domain.money import Money
from store.engine import Engine
from tests.gateways.contract.abilities import Abilities, Double, settings_of
from tests.gateways.contract.marks import ABILITIES
from tests.workers.payments.harness import PaymentHarness
from tests.workers.payments.http_histories import KINDS, fill_catalogue
from workers.payments.reconcile import import_recent, poll_open_payments

AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Shop:
    """A harness over HTTP, and what it sells."""

    harness: PaymentHarness
    double: Double
    product: str
    currency: str

    def buy(self) -> str:
        """Buy and pay something; return the order."""
        order_id = str(self.harness.buy(self.product, currency=self.currency)["order_id"])
        self.double.pay(self.harness.order(order_id)["checkout_ref"])
        poll_open_payments(self.harness.context, open_for=AT_ONCE)
        return order_id

    def refund_ours(self, order_id: str) -> str:
        """Ask for a refund of 3.00, and return our id of it."""
        self.harness.refund(order_id, 300)
        return str(self.harness.refunds(order_id)[-1]["id"])

    def refund_elsewhere(self, order_id: str, *, named: str, minor: int) -> str:
        """Give money of an order's payment back by a call that is not ours, under our id of a refund."""
        request = RefundRequest(
            refund_id=named,
            payment_ref=self.harness.order(order_id)["payment_ref"],
            amount=Money(minor, self.currency),
            is_full=False,
            title="Standard",
            buyer=Buyer("somebody", "somebody@example.com"),
        )
        return self.harness.gateway.refund(request, str(uuid.uuid4())).ref

    def known(self, order_id: str) -> list[tuple[str, int]]:
        """Every refund of an order here: how far it is, and how much."""
        return [(row["status"], row["amount_minor"]) for row in self.harness.refunds(order_id)]


@pytest.fixture(params=ABILITIES, ids=lambda able: able.name)
def shop(request: pytest.FixtureRequest, shared_engine: Engine) -> Iterator[Shop]:
    """A shop at each gateway."""
    able: Abilities = request.param
    fill_catalogue(shared_engine)
    with able.new_double() as double:
        gateway = able.folder.open_gateway(settings_of(able, double.settings()))
        product, currency = KINDS[able.name].offers[0]
        yield Shop(PaymentHarness(shared_engine, gateway), double, product, currency)


def by_webhook(shop: Shop, refund_ref: str) -> None:
    """Hear of a refund by its webhook."""
    name = shop.harness.gateway.name
    shop.harness.hear(Hint(name, f"evt_{uuid.uuid4()}", Subject.REFUND, refund_ref, "changed", True))


def by_list(shop: Shop, refund_ref: str) -> None:
    """Find a refund in the list; its webhook was lost."""
    import_recent(shop.harness.context)


@pytest.mark.parametrize("notice", [by_webhook, by_list])
class TestARefundUnderOurName:
    def test_of_another_payment_ends_no_refund_of_ours(self, shop: Shop, notice: Callable[[Shop, str], None]) -> None:
        ours, theirs = shop.buy(), shop.buy()
        shop.double.hold_refunds = True
        refund_id = shop.refund_ours(ours)
        shop.double.hold_refunds = False

        notice(shop, shop.refund_elsewhere(theirs, named=refund_id, minor=300))

        assert shop.known(ours) == [("sent", 300)]
        assert shop.known(theirs) == [("succeeded", 300)]

    def test_that_is_a_second_one_of_the_same_payment_counts_as_well(
        self, shop: Shop, notice: Callable[[Shop, str], None]
    ) -> None:
        order_id = shop.buy()
        refund_id = shop.refund_ours(order_id)

        for _ in range(2):
            notice(shop, shop.refund_elsewhere(order_id, named=refund_id, minor=300))

        assert shop.known(order_id) == [("succeeded", 300)] * 3
