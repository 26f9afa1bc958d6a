"""Money that takes days is on its way: its order is not abandoned, and nobody is told to buy again."""

from datetime import timedelta

import pytest

from store.payments.review import review_items
from store.reading import reading
from tests.doubles.faults import Fault
from tests.workers.payments.harness import PaymentHarness
from workers.payments.reconcile import poll_open_payments

AT_ONCE = timedelta(0)


def slowly_paid(harness: PaymentHarness) -> tuple[str, str]:
    """An order whose buyer has paid in a way that takes days; the order and its checkout."""
    order_id = harness.buy()["order_id"]
    checkout_ref = harness.order(order_id)["checkout_ref"]
    harness.memory.pay_slowly(checkout_ref)
    harness.hear_all()
    return order_id, checkout_ref


class TestMoneyUnderWay:
    @pytest.mark.parametrize(("succeeded", "status"), [(True, "paid"), (False, "failed")])
    def test_is_waited_for(self, harness: PaymentHarness, succeeded: bool, status: str) -> None:
        order_id, checkout_ref = slowly_paid(harness)
        harness.offset = timedelta(days=9)
        poll_open_payments(harness.context)
        between = harness.order(order_id)["status"]

        harness.memory.end_slow(checkout_ref, succeeded=succeeded)
        harness.hear_all()

        assert (between, harness.order(order_id)["status"]) == ("pending", status)
        assert len(harness.minutes.facts("purchase.failed")) == (0 if succeeded else 1)
        assert len(harness.minutes.packages()) == (1 if succeeded else 0)

    def test_that_we_have_to_take_is_waited_for_as_well(self, harness: PaymentHarness) -> None:
        harness.memory.takes_itself, harness.memory.captures_slowly = False, True
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])

        # Found approved only after days: it is captured in the very poll that would give it up.
        harness.offset = timedelta(days=5)
        poll_open_payments(harness.context)

        order = harness.order(order_id)
        assert (order["status"], order["under_way_since"] is not None) == ("approved", True)
        assert harness.minutes.facts("purchase.failed") == []

    def test_is_not_late_after_an_hour(self, harness: PaymentHarness) -> None:
        harness.memory.takes_itself, harness.memory.captures_slowly = False, True
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.hear_all()

        with reading(harness.engine) as session:
            items = review_items(session, now=harness.clock() + timedelta(hours=2))

        assert [item for item in items if item.ref == order_id] == []

    def test_is_shown_when_it_was_not_there_for_weeks(self, harness: PaymentHarness) -> None:
        order_id, _ = slowly_paid(harness)

        with reading(harness.engine) as session:
            items = review_items(session, now=harness.clock() + timedelta(days=22))

        assert [item.kind for item in items if item.ref == order_id] == ["paid late"]


class TestAbandonment:
    def test_is_of_an_untouched_checkout(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]

        harness.offset = timedelta(days=5)
        poll_open_payments(harness.context)

        assert (harness.order(order_id)["status"], harness.order(order_id)["failure"]) == ("expired", "abandoned")

    @pytest.mark.parametrize(("forgets", "status"), [(True, "expired"), (False, "pending")])
    def test_is_of_an_unknown_checkout_only_where_the_gateway_forgets_them(
        self, harness: PaymentHarness, forgets: bool, status: str
    ) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.faults.plan("fetch", Fault.UNKNOWN)
        harness.memory.forgets_checkouts = forgets

        harness.offset = timedelta(days=5)
        poll_open_payments(harness.context)

        assert harness.order(order_id)["status"] == status

    def test_needs_an_answer(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.faults.plan("fetch", Fault.FORBIDDEN)

        harness.offset = timedelta(days=5)
        poll_open_payments(harness.context)

        assert harness.order(order_id)["status"] == "pending"
