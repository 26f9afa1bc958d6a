"""Rows broken by hand: the audit and the review items together name every state in which money and minutes disagree."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.gateway.payment import PaymentStatus
from store.audit.run import audit
from store.engine import open_engine
from tests.servers.databases import execute, select
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from workers.payments.reconcile import import_recent, poll_open_payments

BROKEN: dict[str, tuple[str, list[str]]] = {
    "an order is paid for less than its price": (
        "audit:order-money",
        ["UPDATE orders SET price_minor = 1 WHERE id IN (SELECT order_id FROM refund WHERE status = 'succeeded')"],
    ),
    "a refund that went back is called failed": (
        "audit:refund-voided",
        ["UPDATE refund SET status = 'failed', succeeded_at = NULL WHERE status = 'succeeded'"],
    ),
    "a refund has voided more than it did": (
        "audit:refund-voided",
        ["UPDATE refund SET void_seconds = void_seconds + 60 WHERE status = 'succeeded'"],
    ),
    "a refund under way is called failed, and its minutes stay frozen": (
        "audit:refund-voided",
        ["UPDATE refund SET status = 'failed' WHERE status = 'sent'"],
    ),
    "a dispute is gone, and its minutes stay frozen": ("audit:money-gone", ["DELETE FROM dispute"]),
    "a dispute is lost, and its minutes were never voided": (
        "audit:money-gone",
        ["UPDATE dispute SET status = 'lost', closed_at = now()"],
    ),
    "a lost dispute says that it has voided more than it did": (
        "audit:dispute-taken",
        ["UPDATE dispute SET voided_seconds = voided_seconds + 60 WHERE status = 'lost'"],
    ),
    "a lost dispute says that less became debt than did": (
        "audit:dispute-taken",
        ["UPDATE dispute SET owed_seconds = owed_seconds - 60 WHERE owed_seconds > 0"],
    ),
    "a lost dispute has taken more than its amount paid for": (
        "audit:dispute-taken",
        ["UPDATE dispute SET amount_minor = 1 WHERE status = 'lost'"],
    ),
    "a lost dispute about a part has taken nothing": (
        "audit:dispute-taken",
        [
            "UPDATE package SET state = 'active', left_seconds = frozen_seconds, frozen_seconds = 0"
            " WHERE state = 'frozen'",
            "UPDATE dispute SET status = 'lost', closed_at = now(), amount_minor = amount_minor / 2"
            " WHERE status = 'open'",
        ],
    ),
    "more is frozen than a refund under way will void": (
        "audit:frozen-for-a-cause",
        ["UPDATE refund SET void_seconds = void_seconds - 60 WHERE status = 'sent'"],
    ),
    "a lost dispute is called won": (
        "review:order needs review",
        ["UPDATE dispute SET status = 'won' WHERE status = 'lost'"],
    ),
    "a package is void, and its money is here": (
        "audit:money-gone",
        ["UPDATE package SET state = 'voided' WHERE state = 'frozen'"],
    ),
    "an order is paid by nothing": (
        "audit:payment-once",
        ["UPDATE orders SET payment_ref = 'x' || id, checkout_ref = 'y' || id WHERE status = 'paid'"],
    ),
    "an order grants another package's seconds": (
        "audit:order-granted",
        ["UPDATE orders SET granted_seconds = granted_seconds + 1 WHERE status = 'paid'"],
    ),
    "a webhook had no effect": (
        "review:webhook without effect",
        ["UPDATE webhook SET state = 'unmatched', received_at = now() - interval '1 hour', tries = 20"],
    ),
    "an order that is paid at its gateway is unknown here": (
        "review:gateway not read to its end",
        [
            "DELETE FROM payment_attempt WHERE order_id IN (SELECT id FROM orders WHERE status = 'pending')",
            "DELETE FROM orders WHERE status = 'pending'",
        ],
    ),
}


@pytest.fixture
def harness(database_url: str) -> Iterator[PaymentHarness]:
    """
    An account with a lost dispute about a part, of which some was used, a refund, a refund under way, an open dispute,
    and a paid order whose webhook was lost.
    """
    engine = open_engine(database_url)
    fill_catalogue(engine)
    harness = fresh_harness(engine)
    _, lost = harness.bought()
    harness.use(17_000)
    ref = harness.memory.open_dispute(lost, 60_000)
    harness.hear_all()
    harness.memory.close_dispute(ref, won=False)
    harness.hear_all()
    first, _ = harness.bought()
    harness.refund(first, 10_000)
    second, _ = harness.bought()
    harness.memory.hold_refunds = True
    harness.refund(second, 10_000)
    _, disputed = harness.bought()
    harness.memory.open_dispute(disputed)
    harness.hear_all()
    harness.memory.pay(harness.order(harness.buy()["order_id"])["checkout_ref"])
    harness.memory.take_hints()
    yield harness
    engine.dispose()


def named(harness: PaymentHarness) -> set[str]:
    """What the audit and the review items name after the polls of an hour."""
    poll_open_payments(harness.context)
    import_recent(harness.context)
    broken = {f"audit:{check.invariant.name}" for check in audit(harness.engine).checks if not check.holds}
    return broken | {f"review:{kind}" for kind, _ in harness.items()}


class TestBrokenRows:
    def test_are_none_at_first(self, harness: PaymentHarness) -> None:
        assert named(harness) == set()

    @pytest.mark.parametrize("what", BROKEN)
    def test_are_named_within_the_hour(self, harness: PaymentHarness, database_url: str, what: str) -> None:
        name, statements = BROKEN[what]

        execute(database_url, *statements)

        assert name in named(harness), what

    def test_of_a_dispute_that_is_open_at_its_gateway_are_repaired(
        self, harness: PaymentHarness, database_url: str
    ) -> None:
        package = "SELECT state, left_seconds, frozen_seconds FROM package WHERE state = 'frozen'"
        before = select(database_url, package)
        execute(
            database_url,
            "UPDATE package SET state = 'active' WHERE state = 'frozen'",
            "UPDATE dispute SET status = 'won', closed_at = now() WHERE status = 'open'",
        )

        assert named(harness) == set()
        assert select(database_url, package) == before

    def test_of_an_order_that_is_paid_at_its_gateway_are_repaired(self, harness: PaymentHarness) -> None:
        harness.offset = timedelta(hours=1)

        named(harness)

        assert [row["status"] for row in harness.orders()] == [PaymentStatus.PAID] * 5
