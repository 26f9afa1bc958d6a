"""Things that happen at the same instant: two equal webhooks, a refund and its own webhook, fifty buyers."""

import threading
from collections.abc import Callable

import pytest

from domain.gateway.payment import GatewayPayment
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import RefundRequest
from domain.gateway.webhook import Hint, Subject
from store.engine import Engine
from tests.doubles.memory import MemoryGateway
from tests.workers.payments.harness import PaymentHarness, fresh_harness
from workers.payments.reconcile import import_recent


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do everything at the same instant and return what came of it; an error is re-raised."""
    barrier, results, errors = threading.Barrier(len(works)), list[object](), list[BaseException]()

    def run(work: Callable[[], object]) -> None:
        barrier.wait(10)
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised in the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return results


class MeetingGateway(MemoryGateway):
    """Lets calls of one kind meet: each has read the truth before any of them goes on."""

    meeting: threading.Barrier | None = None

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Look a payment up, and wait for the others who do."""
        found = super().fetch_payment(ref)
        if self.meeting:
            self.meeting.wait(10)
        return found

    def refund(self, order: RefundRequest, key: str) -> GatewayRefund:
        """Give money back, and wait until the webhook about it is under way."""
        done = super().refund(order, key)
        if self.meeting:
            self.meeting.wait(10)
        return done

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Look a refund up, and wait for whoever asked for it."""
        found = super().fetch_refund(ref)
        if self.meeting:
            self.meeting.wait(10)
        return found


@pytest.fixture
def harness(shop: Engine) -> PaymentHarness:
    """A harness whose gateway lets calls meet."""
    harness = fresh_harness(shop)
    meeting = MeetingGateway(harness.memory.name)
    harness.memory = meeting
    harness.context.gateways[meeting.name] = meeting  # type: ignore[index]
    return harness


class TestAtOnce:
    @pytest.mark.parametrize("turn", range(5))
    def test_two_equal_webhooks_grant_once(self, harness: PaymentHarness, turn: int) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        hint = harness.memory.hints.popleft()
        harness.memory.meeting = threading.Barrier(2)  # type: ignore[attr-defined]

        at_once(lambda: harness.hear(hint), lambda: harness.hear(hint))

        assert len(harness.minutes.packages()) == 1
        assert len(harness.minutes.facts("purchase.completed")) == 1
        assert not harness.order(order_id)["needs_review"]

    @pytest.mark.parametrize("turn", range(5))
    def test_two_webhooks_of_one_payment_grant_once(self, harness: PaymentHarness, turn: int) -> None:
        order_id = harness.buy()["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        harness.memory.pay(checkout_ref)
        first = harness.memory.hints.popleft()
        second = Hint(harness.memory.name, "evt_second", Subject.CHECKOUT, checkout_ref, "completed", True)
        harness.memory.meeting = threading.Barrier(2)  # type: ignore[attr-defined]

        at_once(lambda: harness.hear(first), lambda: harness.hear(second))

        assert len(harness.minutes.packages()) == 1
        assert not harness.order(order_id)["needs_review"]

    @pytest.mark.parametrize("turn", range(5))
    def test_a_refund_of_ours_and_its_webhook_void_once(self, harness: PaymentHarness, turn: int) -> None:
        order_id, _ = harness.bought()
        harness.memory.meeting = threading.Barrier(2)  # type: ignore[attr-defined]

        def webhook() -> str:
            while not harness.memory.hints:
                threading.Event().wait(0.001)
            return harness.hear(harness.memory.hints.popleft())

        at_once(lambda: harness.refund(order_id, 20_000), webhook)

        [refund] = harness.refunds(order_id)
        [package] = harness.minutes.packages()
        assert (refund["status"], package["voided_seconds"], package["frozen_seconds"]) == ("succeeded", 5_151, 0)
        assert len(harness.minutes.facts("refund.completed")) == 1

    def test_two_refunds_give_back_no_more_than_was_paid(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        answers = at_once(*(lambda: harness.refund(order_id, 40_000) for _ in range(6)))

        done = [answer for answer in answers if answer.get("status") == "succeeded"]  # type: ignore[attr-defined]
        assert len(done) == 1
        assert harness.memory.books_of(harness.order(order_id)["checkout_ref"])[1] == 40_000

    def test_the_same_purchase_message_opens_one_order(self, harness: PaymentHarness) -> None:
        key = f"{harness.account}-same"
        purchase = harness.event_of_purchase(key)

        at_once(*(lambda: harness.handle(purchase) for _ in range(6)))

        assert len(harness.orders()) == 1
        assert len(harness.minutes.facts("purchase.link_ready")) == 1

    def test_fifty_buyers(self, shop: Engine) -> None:
        harnesses = [fresh_harness(shop) for _ in range(50)]

        at_once(*(harness.bought for harness in harnesses))

        assert [len(harness.minutes.packages()) for harness in harnesses] == [1] * 50
        import_recent(harnesses[0].context)
        assert len(harnesses[0].minutes.packages()) == 1
