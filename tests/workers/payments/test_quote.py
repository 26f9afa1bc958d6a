"""Refund quotes: what would happen, without a lock and without a trace."""

from domain.payments.quote import Quote
from domain.refusal import Refusal
from store.payments.case import open_case
from store.transaction import transaction
from tests.workers.payments.harness import PaymentHarness
from workers.payments.refund import quote


class TestQuote:
    def test_says_what_the_refund_then_does(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.use(8_000)
        harness.refund(order_id, 10_000)

        quoted = quote(harness.context, order_id, None)
        answer = harness.refund(order_id)

        assert isinstance(quoted, Quote)
        assert (quoted.amount.minor, quoted.void_seconds) == (answer["amount_minor"], answer["void_seconds"])

    def test_waits_for_nobody_who_holds_the_locks(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        with transaction(harness.engine) as session:
            assert open_case(session, order_id) is not None
            quoted = quote(harness.context, order_id, 20_000)

        assert isinstance(quoted, Quote)
        assert quoted.void_seconds == 5_151

    def test_is_refused_as_the_refund_would_be(self, harness: PaymentHarness) -> None:
        open_id, (_, payment_ref) = harness.buy()["order_id"], harness.bought()
        [paid] = harness.minutes.select("SELECT id FROM orders WHERE payment_ref = :ref", ref=payment_ref)
        harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        refusals = [quote(harness.context, order_id, None) for order_id in ("nothing", open_id, paid["id"])]

        assert all(isinstance(refusal, Refusal) for refusal in refusals)
        assert [getattr(refusal, "code", None) for refusal in refusals] == ["UnknownOrder", "NotPaid", "Disputed"]
