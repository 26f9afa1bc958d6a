"""What must be true after a history: the books here are the gateway's books, and nothing is open."""

from collections import defaultdict

from domain.money import Money
from tests.workers.minutes.harness import Row
from tests.workers.payments.harness import PaymentHarness
from tests.workers.payments.histories import History


def differences_of(history: History) -> list[str]:
    """What differs after a history from what must be true, in words."""
    harness, orders, found = history.harness, history.orders(), []
    sums: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    packages = {str(row["id"]) for row in harness.minutes.packages() if row["kind"] == "purchased"}
    paid = [order for order in orders if order["status"] == "paid"]
    if {order["package_id"] for order in paid} != packages:
        found.append(f"{len(paid)} paid orders and {len(packages)} packages")
    for order in orders:
        currency, ours = order["currency"], _money_here(harness, order)
        sums[currency] = (sums[currency][0] + ours[0], sums[currency][1] + ours[1])
        theirs = history.gateway.books_of(order["checkout_ref"]) if order["checkout_ref"] else (0, 0)
        if ours != theirs:
            found.append(f"order of {Money(order['price_minor'], currency)}: {ours} here, {theirs} at the gateway")
    if (here := {currency: sum_ for currency, sum_ in sums.items() if sum_[0]}) != (books := history.gateway.books()):
        found.append(f"sums are {here} here, {books} at the gateway")
    if still_open := [order["status"] for order in orders if order["status"] not in ("paid", "failed", "expired")]:
        found.append(f"orders are open for ever: {', '.join(still_open)}")
    refunds = [row["status"] for order in orders for row in harness.refunds(order["id"])]
    if still_open := [status for status in refunds if status not in ("succeeded", "failed")]:
        found.append(f"refunds are open for ever: {', '.join(still_open)}")
    for use in history.codes.uses():
        if use["used"] != use["counted"] or use["reserved"]:
            found.append(f"promotion {use['id']}: {use['used']} counted, {use['counted']} uses, {use['reserved']} open")
        if use["uses_limit"] is not None and use["used"] - use["beyond"] > use["uses_limit"]:
            found.append(f"promotion {use['id']}: {use['used']} uses of {use['uses_limit']}")
    return found


def _money_here(harness: PaymentHarness, order: Row) -> tuple[int, int]:
    """Return what was paid and what was refunded for an order, as it is stored here."""
    given = sum(row["amount_minor"] for row in harness.refunds(order["id"]) if row["status"] == "succeeded")
    return (order["price_minor"] if order["status"] == "paid" else 0, given)
