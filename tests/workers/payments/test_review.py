"""Resolving review items: every one can be closed, with a reason, and what changes comes back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain.gateway.webhook import Hint, Subject
from domain.money import Money
from messages.errors import MessageRejected
from messages.payments.reviews import ReviewResolutionRequested
from store.payments.review import review_items
from store.reading import reading
from store.transaction import transaction
from tests.doubles.faults import Fault
from tests.workers.payments.harness import PaymentHarness
from workers.payments.payment import apply_payment
from workers.payments.reconcile import import_recent, poll_open_payments
from workers.payments.totals import compare_totals
from workers.submit import Submission, submit

AT_ONCE = timedelta(0)


def ids(harness: PaymentHarness) -> list[str]:
    """The names of the items of the harness's gateway."""
    with reading(harness.engine) as session:
        found = review_items(session, now=harness.clock() + timedelta(hours=2))
    return [item.id for item in found if item.gateway == harness.gateway.name]


def resolve(harness: PaymentHarness, item_id: str, *, key: str | None = None, **data: Any) -> dict[str, Any]:
    """Resolve an item as the command does, some hours later, and return the answer."""
    kind, gateway, ref = item_id.split(":", 2)
    data = {"kind": kind, "gateway": gateway, "ref": ref, "reason": "looked after", "resolved_by": "olga"} | data
    harness.offset += timedelta(hours=2)
    submission = Submission(ReviewResolutionRequested, None, data, "cli", **({"id": key} if key else {}))
    return submit(harness.context, submission).answer


class TestResolve:
    def test_of_a_second_payment_closes_it_until_another_comes(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.pay_again(harness.order(order_id)["checkout_ref"])
        harness.hear_all()
        [item_id] = ids(harness)

        answer = resolve(harness, item_id)
        import_recent(harness.context)
        closed = ids(harness)
        harness.memory.pay_again(harness.order(order_id)["checkout_ref"])
        harness.hear_all()

        assert "paid by" in answer["sentence"]
        assert closed == []
        assert ids(harness) == [item_id]

    def test_of_two_differences_answers_both_until_a_third_comes(self, harness: PaymentHarness) -> None:
        """Each import named the other one of the two, and so put both before a person again."""
        order_id, payment_ref = harness.bought()
        paid = harness.memory.fetch_payment(payment_ref)
        again = replace(paid, payment_ref=f"{payment_ref}-again")
        other = replace(paid, price=Money(100, "RUB"))

        def hear() -> list[tuple[str, str]]:
            for payment in (again, other, again):
                apply_payment(harness.context, harness.gateway.name, payment)
            return harness.items()

        [(kind, sentence)] = hear()
        assert kind == "order needs review"
        assert "the second payment must be given back; also: its gateway has 1.00 RUB of payment" in sentence
        assert hear() == [(kind, sentence)]

        resolve(harness, f"order:{harness.gateway.name}:{order_id}")
        assert hear() == []

        apply_payment(harness.context, harness.gateway.name, replace(paid, price=Money(200, "RUB")))
        [(_, changed)] = hear()
        assert changed.startswith(sentence)
        assert "its gateway has 2.00 RUB" in changed

    def test_of_an_order_with_the_wrong_money_ends_it(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.sell_for_another_shop(order_id, 100)
        harness.hear_all()

        resolve(harness, ids(harness)[0])
        poll_open_payments(harness.context, open_for=AT_ONCE)
        import_recent(harness.context)

        assert harness.order(order_id)["status"] == "failed"
        assert ids(harness) == []

    @pytest.mark.parametrize(("outcome", "left_seconds"), [("failed", 18_000), ("succeeded", 0)])
    def test_of_a_refund_that_nobody_knows_of_needs_its_outcome(
        self, harness: PaymentHarness, outcome: str, left_seconds: int
    ) -> None:
        order_id, _ = harness.bought()
        harness.memory.faults.plan("refund", Fault.ERROR_BEFORE)
        with pytest.raises(Exception, match="not known yet"):
            harness.refund(order_id)
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE refund SET needs_review = true WHERE order_id = :id"), {"id": order_id})
        [item_id] = ids(harness)

        refused = resolve(harness, item_id)
        resolve(harness, item_id, outcome=outcome)

        assert refused["code"] == "OutcomeNeeded"
        assert harness.refunds(order_id)[0]["status"] == outcome
        assert harness.minutes.packages()[0]["left_seconds"] == left_seconds
        assert ids(harness) == []

    def test_of_a_webhook_ends_its_polling(self, harness: PaymentHarness) -> None:
        harness.hear(Hint(harness.gateway.name, "evt_x", Subject.PAYMENT, "pi_nobody", "paid", True))

        resolve(harness, ids(harness)[0])

        assert poll_open_payments(harness.context, open_for=AT_ONCE) == 0
        assert ids(harness) == []

    def test_of_totals_holds_until_they_differ_otherwise(self, harness: PaymentHarness) -> None:
        lost = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b01"
        harness.memory.sell_for_another_shop(lost)
        harness.offset = timedelta(days=1)
        compare_totals(harness.context)
        [item_id] = ids(harness)
        resolve(harness, item_id)
        compare_totals(harness.context)
        closed = ids(harness)

        harness.offset -= timedelta(days=1, hours=2)
        harness.memory.sell_for_another_shop(lost)
        harness.offset += timedelta(days=1)
        compare_totals(harness.context)

        assert closed == []
        assert ids(harness) == [item_id]

    def test_of_a_poll_holds_as_long_as_it_says_the_same(self, harness: PaymentHarness) -> None:
        _, strange = harness.bought()
        harness.memory.strange.add(strange)
        import_recent(harness.context)
        resolve(harness, ids(harness)[0])
        import_recent(harness.context)
        closed = ids(harness)

        harness.memory.ends_lists_early = True
        import_recent(harness.context)

        assert closed == []
        assert ids(harness) == [f"poll:{harness.gateway.name}:recent"]

    def test_twice_with_one_id_has_one_effect(self, harness: PaymentHarness) -> None:
        harness.hear(Hint(harness.gateway.name, "evt_x", Subject.PAYMENT, "pi_nobody", "paid", True))
        [item_id] = ids(harness)

        answers = [resolve(harness, item_id, key=f"{harness.account}-review") for _ in range(2)]

        assert answers[0] == answers[1]
        assert "code" not in answers[0]

    def test_of_what_needs_no_review_is_refused(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        assert resolve(harness, f"order:{harness.gateway.name}:{order_id}")["code"] == "NoSuchItem"

    def test_of_an_order_with_an_outcome_is_refused_and_ends_nothing(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.sell_for_another_shop(order_id, 100)
        harness.hear_all()
        [item_id] = ids(harness)

        answer = resolve(harness, item_id, outcome="succeeded")

        assert answer["code"] == "OutcomeNotWanted"
        assert answer["reason"] == f"an outcome is said of a refund under way only, and order {order_id} is none"
        assert harness.order(order_id)["status"] == "pending"
        assert ids(harness) == [item_id]

    @pytest.mark.parametrize("data", [{"reason": " "}, {"reason": ""}, {"resolved_by": "  "}, {"resolved_by": ""}])
    def test_without_a_reason_or_a_person_is_refused(self, harness: PaymentHarness, data: dict[str, str]) -> None:
        harness.hear(Hint(harness.gateway.name, "evt_x", Subject.PAYMENT, "pi_nobody", "paid", True))
        [item_id] = ids(harness)

        with pytest.raises(MessageRejected, match=next(iter(data))):
            resolve(harness, item_id, **data)

        assert ids(harness) == [item_id]
