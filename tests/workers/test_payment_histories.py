"""Thousands of random histories: each paid order grants once, and the sums are the gateway's own."""

import os

import pytest

from domain.money import Money
from store.transaction import Engine
from tests.workers.payment_histories import History
from tests.workers.till import stock

HISTORIES = int(os.environ.get("HISTORIES", "500"))
"""In the suite; `make histories` plays ten thousand."""

CHUNK = 100


@pytest.fixture(scope="module")
def shop(shared_engine: Engine) -> Engine:
    """The shared database, with products on offer; its audit must hold at the end."""
    stock(shared_engine)
    return shared_engine


def faults_of(history: History) -> list[str]:
    """What is wrong after a history, in words."""
    found, till, gateway = [], history.till, history.gateway
    orders = till.desk.select("SELECT * FROM orders WHERE account_id = :account")
    packages = {str(row["id"]): row for row in till.desk.packages() if row["kind"] == "purchased"}
    paid = [order for order in orders if order["state"] == "paid"]
    if {order["package_id"] for order in paid} != packages.keys():
        found.append(f"{len(paid)} paid orders and {len(packages)} packages")
    for order in orders:
        if order["checkout_ref"] is None:
            continue
        captured, refunded = gateway.books_of(order["checkout_ref"])
        ours = order["price_minor"] if order["state"] == "paid" else 0
        given = sum(row["amount_minor"] for row in till.refunds(order["id"]) if row["stage"] == "succeeded")
        if (ours, given) != (captured, refunded):
            price = Money(order["price_minor"], order["currency"])
            found.append(f"order of {price}: {(ours, given)} here, {(captured, refunded)} at the gateway")
    still_open = till.desk.select(
        "SELECT refund.id FROM refund JOIN orders ON orders.id = order_id"
        " WHERE account_id = :account AND stage IN ('frozen', 'sent', 'unknown')"
    )
    if still_open:
        found.append(f"{len(still_open)} refunds are open for ever")
    return found


class TestHistories:
    @pytest.mark.timeout(1800)
    @pytest.mark.parametrize("first", range(0, HISTORIES, CHUNK))
    def test_end_with_equal_books(self, shop: Engine, first: int) -> None:
        wrong = {}

        for seed in range(first, first + CHUNK):
            history = History(shop, seed)
            history.live(steps=14)
            if faults := faults_of(history):
                wrong[seed] = faults

        assert wrong == {}
