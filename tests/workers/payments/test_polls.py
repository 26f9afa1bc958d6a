"""Polls: one strange object hides none behind it, disputes are among them, and other shops are left alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.gateway.webhook import Hint, Subject
from domain.payments.webhook import MAX_TRIES
from store.transaction import transaction
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.payments.harness import PaymentHarness
from workers.payments import reconcile
from workers.payments.reconcile import import_recent, poll_open_payments
from workers.payments.totals import compare_totals

AT_ONCE = timedelta(0)
NOT_READ = "gateway not read to its end"


def hint(harness: PaymentHarness, subject: Subject, ref: str, key: str = "evt_x") -> Hint:
    """A webhook about an object."""
    return Hint(harness.gateway.name, key, subject, ref, "changed", True)


def webhook_of(harness: PaymentHarness, key: str) -> dict[str, object]:
    """The row of a webhook."""
    [row] = harness.minutes.select("SELECT * FROM webhook WHERE dedupe_key = :key", key=f"{harness.account}-{key}")
    return row


class TestStrangeObject:
    def test_hides_nothing_behind_it_in_a_list(self, harness: PaymentHarness) -> None:
        _, strange = harness.bought()
        order_id, payment_ref = harness.bought()
        harness.memory.strange.add(strange)
        harness.memory.refund_from_dashboard(payment_ref, 69_900)
        harness.memory.hints.clear()

        import_recent(harness.context)

        assert harness.refunds(order_id)[0]["status"] == "succeeded"
        assert harness.items() == [(NOT_READ, f"payment {strange} could not be read: it is strange")]

    def test_is_shown_until_it_is_read(self, harness: PaymentHarness) -> None:
        _, strange = harness.bought()
        harness.memory.strange.add(strange)
        import_recent(harness.context)
        harness.memory.strange.clear()

        import_recent(harness.context)

        assert harness.items() == []

    def test_does_not_stop_the_poll_of_what_is_open(self, harness: PaymentHarness) -> None:
        orders = [harness.buy()["order_id"] for _ in range(6)]
        checkouts = [harness.order(order_id)["checkout_ref"] for order_id in orders]
        harness.memory.strange.update(checkouts[:5])
        harness.memory.pay(checkouts[5])

        poll_open_payments(harness.context, open_for=AT_ONCE)

        assert harness.order(orders[5])["status"] == "paid"
        [(kind, sentence)] = harness.items()
        assert kind == NOT_READ
        assert sentence.endswith("and 2 more")

    def test_stands_beside_totals_that_are_compared_all_the_same(self, harness: PaymentHarness) -> None:
        _, strange = harness.bought()
        harness.bought()
        harness.offset = timedelta(days=1)
        harness.memory.strange.add(strange)

        differences = compare_totals(harness.context)

        assert len(differences) == 1
        assert {kind for kind, _ in harness.items()} == {NOT_READ, "totals differ"}

    def test_that_breaks_our_own_code_stops_nothing(self, harness: PaymentHarness) -> None:
        broken, whole = (harness.buy()["order_id"] for _ in range(2))
        for order_id in (broken, whole):
            harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.memory.hints.clear()
        harness.memory.spoil_amount(harness.order(broken)["checkout_ref"])

        import_recent(harness.context)

        assert harness.order(whole)["status"] == "paid"
        assert [kind for kind, _ in harness.items()] == [NOT_READ]


class TestGatewayNotReadToItsEnd:
    @pytest.mark.parametrize("poll", [import_recent, compare_totals])
    def test_is_put_before_a_person(self, harness: PaymentHarness, poll) -> None:  # type: ignore[no-untyped-def]
        harness.memory.ends_lists_early = True

        poll(harness.context)

        [(kind, sentence)] = harness.items()
        assert kind == NOT_READ
        assert "ends its list early" in sentence

    def test_is_put_before_a_person_when_open_rows_had_to_wait(self, harness: PaymentHarness) -> None:
        for _ in range(4):
            harness.buy()
        harness.memory.faults.plan("fetch", Fault.ERROR_BEFORE, times=9)

        poll_open_payments(harness.context, open_for=AT_ONCE)

        [(kind, _)] = harness.items()
        assert kind == NOT_READ
        assert harness.memory.calls["fetch"] == 3

    def test_names_a_paid_order_that_is_unknown_here(self, harness: PaymentHarness) -> None:
        ref = harness.memory.sell_for_another_shop("7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b01")

        import_recent(harness.context)

        assert harness.items() == [(NOT_READ, f"payment {ref} names an order of ours that is unknown here")]


class TestAGatewayThatGivesNoAnswer:
    def test_leaves_the_open_rows_of_the_others_their_turn(
        self, harness: PaymentHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reconcile, "CHUNK", 4)
        silent, calm = harness, PaymentHarness(harness.engine, MemoryGateway(f"calm-{harness.account}"[:32]))
        for _ in range(8):
            silent.buy()
        order_id = calm.buy()["order_id"]
        calm.gateway.pay(calm.order(order_id)["checkout_ref"])
        both = replace(harness.context, gateways={**silent.context.gateways, **calm.context.gateways})

        with silent.memory.hanging():
            poll_open_payments(both, open_for=AT_ONCE)

        assert calm.order(order_id)["status"] == "paid"


class TestImportAfterAnOutage:
    def test_of_ours_goes_back_to_the_last_one(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        import_recent(harness.context)
        harness.memory.refund_from_dashboard(payment_ref, 69_900)
        harness.memory.hints.clear()
        harness.offset = timedelta(days=3)

        import_recent(harness.context)

        assert [refund["status"] for refund in harness.refunds(order_id)] == ["succeeded"]

    def test_of_theirs_goes_back_to_the_last_list_that_was_read_to_its_end(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        import_recent(harness.context)
        harness.memory.ends_lists_early = True
        for days in (1, 2):
            harness.offset = timedelta(days=days)
            import_recent(harness.context)
        harness.memory.ends_lists_early = False
        harness.memory.refund_from_dashboard(payment_ref, 69_900)
        harness.memory.hints.clear()
        harness.offset = timedelta(days=3)

        import_recent(harness.context)

        assert [refund["status"] for refund in harness.refunds(order_id)] == ["succeeded"]

    def test_goes_back_to_what_was_listed_and_could_not_be_fetched(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        import_recent(harness.context)
        refund_ref = harness.memory.refund_from_dashboard(payment_ref, 69_900) or ""
        harness.memory.hints.clear()
        # The payment as well, for it would say that money went back.
        harness.memory.unanswered |= {refund_ref, payment_ref}
        harness.offset = timedelta(hours=5)
        import_recent(harness.context)
        harness.memory.unanswered.clear()
        unknown = harness.refunds(order_id)
        harness.offset = timedelta(days=3)

        import_recent(harness.context)

        assert unknown == []
        assert [refund["status"] for refund in harness.refunds(order_id)] == ["succeeded"]


class TestDisputes:
    def test_that_were_lost_are_found_by_the_poll(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()
        harness.memory.close_dispute(ref, won=False)
        harness.memory.hints.clear()
        harness.offset = timedelta(hours=1)

        poll_open_payments(harness.context)

        assert harness.minutes.packages()[0]["state"] == "voided"

    def test_whose_opening_was_never_heard_of_are_found_in_the_list(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.memory.open_dispute(payment_ref)
        harness.memory.hints.clear()

        import_recent(harness.context)

        assert harness.minutes.packages()[0]["state"] == "frozen"

    @pytest.mark.parametrize("by_poll", [True, False])
    def test_that_are_won_after_all_give_everything_back(self, harness: PaymentHarness, by_poll: bool) -> None:
        _, payment_ref = harness.bought()
        harness.use(8_000)
        ref = harness.memory.open_dispute(payment_ref)
        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()
        owed_seconds = harness.minutes.row()["debt_seconds"]
        harness.memory.close_dispute(ref, won=True)
        if by_poll:
            harness.memory.hints.clear()
            harness.offset = timedelta(days=2)
            poll_open_payments(harness.context)
        else:
            harness.hear_all()
            import_recent(harness.context)

        assert owed_seconds == 8_000
        assert harness.minutes.row()["debt_seconds"] == 0
        assert sorted((one["kind"], one["left_seconds"]) for one in harness.minutes.packages()) == [
            ("purchased", 0),
            ("support", 10_000),
        ]
        assert [fact["data"]["is_won"] for fact in harness.minutes.facts("dispute.closed")] == [False, True]

    def test_that_are_won_after_all_give_back_what_paid_their_debt(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(8_000)
        ref = harness.memory.open_dispute(payment_ref)
        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()
        harness.bought()

        harness.memory.close_dispute(ref, won=True)
        harness.hear_all()

        assert sorted(one["left_seconds"] for one in harness.minutes.packages()) == [0, 10_000, 18_000]

    def test_that_are_lost_after_they_were_won_are_put_before_a_person(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref)
        for won in (True, False):
            harness.memory.close_dispute(ref, won=won)
            harness.hear_all()

        assert harness.items() == [
            ("order needs review", f"dispute {ref} was won, and its gateway says now that it is lost")
        ]

    def test_that_a_letter_reported_are_polled_in_vain_and_in_peace(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.report_dispute(order_id, "open")
        harness.offset = timedelta(hours=1)

        poll_open_payments(harness.context)

        assert harness.items() == []


class TestForeignObjects:
    @pytest.mark.parametrize("order_id", [None, "1234", "0b3e1c1e-8a48-4a5c-9f5c-0a3c1b2d4e5f"])
    def test_are_told_apart_at_their_webhook(self, harness: PaymentHarness, order_id: str | None) -> None:
        ref = harness.memory.sell_for_another_shop(order_id)
        refund = harness.memory.refund_from_dashboard(ref, 100)
        dispute = harness.memory.open_dispute(ref)

        states = [
            harness.hear(hint(harness, subject, str(ref), f"evt_{subject}"))
            for subject, ref in ((Subject.PAYMENT, ref), (Subject.REFUND, refund), (Subject.DISPUTE, dispute))
        ]

        assert states == ["foreign"] * 3
        assert harness.items() == []

    def test_are_not_in_the_totals(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 100)
        foreign = harness.memory.sell_for_another_shop("1234")
        harness.memory.refund_from_dashboard(foreign, 5_000)
        harness.hear_all()
        harness.offset = timedelta(days=1)

        assert compare_totals(harness.context) == []

    def test_of_ours_that_are_unknown_here_are_in_the_totals(self, harness: PaymentHarness) -> None:
        harness.memory.sell_for_another_shop("7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b01")
        harness.offset = timedelta(days=1)

        assert len(compare_totals(harness.context)) == 1


class TestUnmatchedWebhook:
    def test_is_polled_more_and_more_seldom_and_in_the_end_never(self, harness: PaymentHarness) -> None:
        harness.hear(hint(harness, Subject.PAYMENT, "pi_nobody"))
        tries = []

        for _ in range(7 * 24 * 2):
            with transaction(harness.engine) as session:
                session.execute(text("UPDATE webhook SET tried_at = tried_at - interval '30 minutes'"))
            poll_open_payments(harness.context)
            tries.append(webhook_of(harness, "evt_x")["tries"])

        assert tries[0] == 2
        assert tries[47] < 10, "after a day"
        assert tries[-1] == MAX_TRIES
        assert tries.index(MAX_TRIES) > 3 * 48
        assert [kind for kind, _ in harness.items()] == ["webhook without effect"]

    def test_lets_a_newer_one_go_first(self, harness: PaymentHarness) -> None:
        for number in range(201):
            harness.hear(hint(harness, Subject.PAYMENT, f"pi_{number}", f"evt_{number}"))
        for _ in range(2):
            poll_open_payments(harness.context, open_for=AT_ONCE)
        order_id = harness.buy()["order_id"]
        harness.memory.faults.plan("fetch", Fault.ERROR_BEFORE)
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        with pytest.raises(Exception, match="gave no answer"):
            harness.hear_all()

        poll_open_payments(harness.context, open_for=AT_ONCE)

        assert harness.order(order_id)["status"] == "paid"


class TestMoneyThatBoughtNothing:
    def test_of_a_second_payment_ends_its_review_when_it_is_given_back(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        second = harness.memory.pay_again(harness.order(order_id)["checkout_ref"])
        harness.hear_all()
        items = harness.items()

        harness.memory.refund_from_dashboard(second, 69_900)
        states = harness.hear_all()

        assert [kind for kind, _ in items] == ["order needs review"]
        assert states == ["applied"]
        assert harness.items() == []
        assert harness.refunds(order_id) == []
        assert harness.minutes.packages()[0]["left_seconds"] == 18_000

    def test_is_not_in_the_totals(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        second = harness.memory.pay_again(harness.order(order_id)["checkout_ref"])
        harness.hear_all()
        harness.memory.refund_from_dashboard(second, 69_900)
        harness.hear_all()
        harness.offset = timedelta(days=1)

        assert compare_totals(harness.context) == []

    def test_given_back_in_part_stays_before_a_person(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        second = harness.memory.pay_again(harness.order(order_id)["checkout_ref"])
        harness.hear_all()

        harness.memory.refund_from_dashboard(second, 100)
        harness.hear_all()

        assert [kind for kind, _ in harness.items()] == ["order needs review"]

    def test_of_another_amount_ends_its_order_when_it_is_given_back(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        ref = harness.memory.sell_for_another_shop(order_id, 100)
        harness.hear_all()

        harness.memory.refund_from_dashboard(ref, 100)
        harness.hear_all()

        assert (harness.order(order_id)["status"], harness.order(order_id)["failure"]) == ("failed", "given_back")
        assert harness.items() == []


class TestLostRefundWebhook:
    def test_is_made_up_for_by_any_report_of_the_payment(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.refund_from_dashboard(payment_ref, 69_900)
        harness.memory.hints.clear()

        harness.hear(hint(harness, Subject.PAYMENT, payment_ref))

        assert harness.refunds(order_id)[0]["status"] == "succeeded"
        assert harness.minutes.packages()[0]["state"] == "voided"
