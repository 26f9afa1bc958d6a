"""What is true of a shop when all is over, whoever died on the way."""

from store.audit.run import audit
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.sandbox.double import SandboxDouble
from tests.failure.selling import PART_MINOR, PRICES, Shop

GRANTED_SECONDS = 18_000
PART_SECONDS = 5_151
"""ceil(20 000 × 18 000 / 69 900)"""


def assert_all_is_well(shop: Shop, *, orders: int, refunds: int = 0) -> None:
    """
    Check that each order has one checkout, one payment, one package and at most one refund, and nothing is open.

    Args:
        shop: as it stands.
        orders: how many there are, each of an account of its own.
        refunds: how many of them were given a part of their money back.
    """
    price = PRICES[shop.name]
    assert checkouts(shop) == orders
    assert shop.double.books() == {price.currency: (orders * price.minor, refunds * PART_MINOR)}
    states = shop.select("SELECT status, needs_review, count(*) FROM orders GROUP BY 1, 2")
    assert states == [("paid", False, orders)]
    statuses = shop.select("SELECT status, needs_review, count(*) FROM refund GROUP BY 1, 2")
    assert statuses == ([("succeeded", False, refunds)] if refunds else [])
    packages = shop.select(
        "SELECT count(*), sum(granted_seconds), sum(voided_seconds), sum(frozen_seconds), sum(left_seconds)"
        " FROM package GROUP BY account ORDER BY sum(voided_seconds)"
    )
    whole = (1, GRANTED_SECONDS, 0, 0, GRANTED_SECONDS)
    less = (1, GRANTED_SECONDS, PART_SECONDS, 0, GRANTED_SECONDS - PART_SECONDS)
    assert packages == [whole] * (orders - refunds) + [less] * refunds
    assert shop.select("SELECT ref, note FROM webhook WHERE state <> 'applied'") == []
    assert shop.select("SELECT queue, reason FROM dead_letter") == []
    assert [finding.invariant.name for finding in audit(shop.engine).checks if not finding.holds] == []


def checkouts(shop: Shop) -> int:
    """How many checkouts were opened at the gateway, whatever is known of them here."""
    match shop.double:
        case SandboxDouble():
            return len(shop.double.state.records.payments)
        case PaypalDouble():
            return len(shop.double.state.orders)
