"""Buying by a saved method: charged at once, once, and declined without a trace of money."""

from datetime import date

import pytest

from domain.gateway.decline import Decline, Retry
from domain.payments.charge import CALL_LASTS
from messages.errors import Unavailable
from messages.payments.requests import PurchaseRequested
from messages.queues import PURCHASE
from store.engine import Engine
from store.payments.method import save_method
from store.transaction import transaction
from tests.doubles.faults import Fault
from tests.workers.events import registered
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from tests.workers.promotions.harness import PromotionHarness
from workers.payments.checkout import purchase


@pytest.fixture
def harness(shared_engine: Engine) -> PaymentHarness:
    """A harness that sells through a gateway in the process."""
    fill_catalogue(shared_engine)
    return known(shared_engine)


def known(engine: Engine) -> PaymentHarness:
    """A harness whose account is known."""
    harness = fresh_harness(engine)
    harness.minutes.apply(registered(harness.account))
    return harness


def saved(harness: PaymentHarness, expires_on: date | None = None) -> int:
    """A method of the account."""
    method = harness.memory.add_method(expires_on)
    with transaction(harness.engine) as session:
        number = save_method(session, harness.account, harness.memory.name, method, at=harness.clock())
    assert number is not None
    return number


def taken(harness: PaymentHarness) -> list[int]:
    """What the gateway has taken by charges, in minor units."""
    return [harness.memory.books_of(ref)[0] for ref in harness.memory.vault.charges if harness.memory.books_of(ref)[0]]


class TestChargedPurchase:
    def test_is_paid_at_once_and_grants_its_minutes(self, harness: PaymentHarness) -> None:
        answer = harness.buy(method_id=saved(harness))

        [order] = harness.orders()
        assert (answer["status"], order["status"], order["kind"]) == ("paid", "paid", "first")
        assert taken(harness) == [69_900]
        assert order["package_id"] is not None
        assert "url" not in answer

    def test_by_the_same_message_twice_is_charged_once(self, harness: PaymentHarness) -> None:
        event = harness.event(PurchaseRequested, {"product_id": "standard", "method_id": saved(harness)}, PURCHASE)

        answers = [harness.handle(event)["status"] for _ in range(3)]

        assert answers == ["paid"] * 3
        assert taken(harness) == [69_900]

    @pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_COMMIT, Fault.ERROR_BEFORE, Fault.HTML])
    def test_whose_outcome_is_unknown_is_asked_for_again_with_the_same_key(
        self, harness: PaymentHarness, fault: Fault
    ) -> None:
        harness.memory.faults.plan("charge", fault)
        data = {"product_id": "standard", "method_id": saved(harness)}
        event = harness.event(PurchaseRequested, data, PURCHASE)

        with pytest.raises(Unavailable):
            purchase(harness.context, event)
        assert harness.orders()[0]["status"] == "pending"
        harness.offset += CALL_LASTS
        answer = purchase(harness.context, event)

        assert answer["status"] == "paid"
        assert taken(harness) == [69_900]
        assert len(harness.orders()) == 1

    @pytest.mark.parametrize("retry", [Retry.LATER, Retry.NEW_METHOD, Retry.NEVER, Retry.CUSTOMER_ACTION])
    def test_that_is_declined_fails_and_no_money_can_come_of_it(self, harness: PaymentHarness, retry: Retry) -> None:
        harness.memory.vault.declines.append(Decline(retry, "of_the_bank"))

        answer = harness.buy(method_id=saved(harness))

        assert (answer["status"], answer["code"]) == ("failed", "of_the_bank")
        assert taken(harness) == []
        [ref] = harness.memory.vault.charges
        assert harness.memory.fetch_payment(ref).status == "failed"
        assert harness.buy(key=f"{harness.account}-page")["status"] == "pending"

    def test_that_is_declined_gives_its_code_back(self, harness: PaymentHarness) -> None:
        promotions = PromotionHarness(harness.engine, harness)
        code = promotions.create(share=2_000)["text"]
        harness.memory.vault.declines.append(Decline(Retry.LATER, "of_the_bank"))
        method_id = saved(harness)

        harness.buy(method_id=method_id, codes=[code])
        assert promotions.statuses() == ["given_back"]
        answer = harness.buy(method_id=method_id, codes=[code])

        assert answer["status"] == "paid"
        assert taken(harness) == [55_920]

    def test_that_costs_nothing_charges_nothing(self, harness: PaymentHarness) -> None:
        code = PromotionHarness(harness.engine, harness).create(share=10_000)["text"]

        answer = harness.buy(method_id=saved(harness), codes=[code])

        assert answer["status"] == "paid"
        assert len(harness.memory.vault.charges) == 0

    def test_by_a_method_that_may_not_be_charged_is_refused(self, harness: PaymentHarness) -> None:
        other = known(harness.engine)
        ended = saved(harness, date(2020, 1, 31))

        for method_id in (saved(other), ended, 10**9):
            answer = harness.buy(method_id=method_id)
            assert answer["code"] == "NoSuchMethod"
        assert harness.orders() == []

    def test_names_one_way_to_pay(self, harness: PaymentHarness) -> None:
        with pytest.raises(AssertionError, match="method_id alone"):
            harness.event(PurchaseRequested, {"product_id": "standard", "method_id": 1, "gateway": "stripe"}, PURCHASE)
