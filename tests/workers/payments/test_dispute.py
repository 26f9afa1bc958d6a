"""Disputes: what is left is frozen, and then freed or voided."""

from datetime import timedelta

import pytest

from messages.errors import MessageRejected
from store.audit.run import audit
from tests.workers.payments.harness import PaymentHarness

AT_ONCE = timedelta(0)


class TestDispute:
    def test_freezes_what_is_left(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(8_000)

        harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["frozen_seconds"], package["left_seconds"]) == ("frozen", 10_000, 0)

    def test_won_gives_it_free(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.close_dispute(ref, won=True)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["left_seconds"]) == ("active", 18_000)

    def test_lost_voids_it_and_what_was_used_becomes_debt(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(8_000)
        ref = harness.memory.open_dispute(payment_ref)

        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["voided_seconds"]) == ("voided", 10_000)
        assert harness.minutes.row()["debt_seconds"] == 8_000
        harness.bought()
        assert harness.minutes.row()["debt_seconds"] == 0

    def test_refuses_refunds_meanwhile(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        assert harness.refund(order_id)["code"] == "Disputed"

    def test_may_be_reported_by_a_person(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        harness.report_dispute(order_id, "open")
        harness.report_dispute(order_id, "lost")

        assert harness.minutes.packages()[0]["state"] == "voided"
        assert [fact["data"]["is_won"] for fact in harness.minutes.facts("dispute.closed")] == [False]

    def test_reported_by_a_person_is_not_taken_for_another_order(self, harness: PaymentHarness) -> None:
        first, _ = harness.bought()
        second, _ = harness.bought()
        harness.report_dispute(first, "open", "letter-1")

        with pytest.raises(MessageRejected, match=f"letter-1 is about order {first}"):
            harness.report_dispute(second, "lost", "letter-1")

        assert [package["state"] for package in harness.minutes.packages()] == ["frozen", "active"]

    def test_beside_a_refund_under_way_frees_only_its_own(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.close_dispute(ref, won=True)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["frozen_seconds"], package["left_seconds"]) == (5_151, 12_849)

    def test_won_frees_nothing_while_another_is_open(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        first, second = harness.memory.open_dispute(payment_ref), harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.close_dispute(first, won=True)
        harness.hear_all()
        [between] = harness.minutes.packages()
        harness.memory.close_dispute(second, won=True)
        harness.hear_all()

        assert (between["state"], between["left_seconds"]) == ("frozen", 0)
        assert harness.minutes.packages()[0]["left_seconds"] == 18_000

    def test_does_not_shelter_minutes_from_a_refund_in_the_dashboard(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.refund_from_dashboard(payment_ref, 60_000)
        harness.memory.close_dispute(ref, won=True)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["voided_seconds"], package["left_seconds"], package["frozen_seconds"]) == (15_451, 2_549, 0)

    @pytest.mark.parametrize("is_won", [True, False])
    def test_takes_over_what_a_refund_that_fails_had_frozen(self, harness: PaymentHarness, is_won: bool) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)
        ref = harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        harness.memory.end_refund(harness.memory.pending_refunds()[0], succeeded=False)
        harness.memory.close_dispute(ref, won=is_won)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert package["left_seconds"] == (18_000 if is_won else 0)
        assert package["voided_seconds"] == (0 if is_won else 18_000)


class TestDisputeOfAPart:
    def test_leaves_the_rest_usable(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()

        harness.memory.open_dispute(payment_ref, 20_000)
        harness.hear_all()
        harness.use(12_849)

        [package] = harness.minutes.packages()
        assert (package["state"], package["frozen_seconds"], package["left_seconds"]) == ("active", 5_151, 0)
        assert harness.minutes.row()["debt_seconds"] == 0

    def test_lost_voids_its_share_alone(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(8_000)
        ref = harness.memory.open_dispute(payment_ref, 20_000)

        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["voided_seconds"], package["left_seconds"]) == ("active", 5_151, 4_849)
        assert harness.minutes.row()["debt_seconds"] == 0

    def test_lost_owes_what_was_used_of_its_share(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(16_000)
        ref = harness.memory.open_dispute(payment_ref, 20_000)

        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert package["voided_seconds"] == 2_000
        assert harness.minutes.row()["debt_seconds"] == 3_151

    def test_rests_as_a_whole_when_a_refund_takes_the_rest(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.memory.open_dispute(payment_ref, 20_000)
        harness.hear_all()

        harness.memory.refund_from_dashboard(payment_ref, 49_900)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["frozen_seconds"], package["voided_seconds"]) == ("frozen", 5_150, 12_850)

    def test_may_be_reported_by_a_person(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        harness.report_dispute(order_id, "open", amount_minor=20_000)
        harness.report_dispute(order_id, "lost")

        [package] = harness.minutes.packages()
        assert (package["voided_seconds"], package["left_seconds"]) == (5_151, 12_849)

    @pytest.mark.parametrize(
        ("used_seconds", "amounts", "owed_seconds", "voided_seconds"),
        [
            (18_000, [20_000, 20_000, 29_900], 18_000, 0),
            (18_000, [1] * 30, 8, 0),
            (0, [20_000, 20_000, 29_900], 0, 18_000),
            (0, [1] * 30, 0, 8),
            (17_995, [1] * 30, 3, 5),
        ],
    )
    def test_lost_with_others_takes_what_their_sum_paid_for(
        self, harness: PaymentHarness, used_seconds: int, amounts: list[int], owed_seconds: int, voided_seconds: int
    ) -> None:
        _, payment_ref = harness.bought()
        if used_seconds:
            harness.use(used_seconds)
        refs = [harness.memory.open_dispute(payment_ref, minor) for minor in amounts]
        harness.hear_all()

        for ref in refs:
            harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (harness.minutes.row()["debt_seconds"], package["voided_seconds"]) == (owed_seconds, voided_seconds)
        assert package["left_seconds"] == 18_000 - used_seconds - voided_seconds
        assert [check.invariant.name for check in audit(harness.engine).checks if not check.holds] == []

    def test_lost_after_refunds_takes_what_their_sum_paid_for(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        for _ in range(30):
            harness.memory.refund_from_dashboard(payment_ref, 1)
        harness.hear_all()
        [refunded] = harness.minutes.packages()
        harness.use(refunded["left_seconds"])

        ref = harness.memory.open_dispute(payment_ref)
        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        assert harness.minutes.row()["debt_seconds"] == 18_000 - refunded["voided_seconds"]


class TestAnotherAmount:
    @pytest.mark.parametrize(("minor", "frozen_seconds"), [(40_000, 10_301), (10_000, 2_576), (69_900, 18_000)])
    def test_freezes_what_the_last_one_paid_for(self, harness: PaymentHarness, minor: int, frozen_seconds: int) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref, 20_000)
        harness.hear_all()

        harness.memory.change_dispute(ref, minor)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["frozen_seconds"], package["left_seconds"]) == (frozen_seconds, 18_000 - frozen_seconds)
        assert package["state"] == ("frozen" if frozen_seconds == 18_000 else "active")

    @pytest.mark.parametrize("is_heard_while_open", [True, False])
    @pytest.mark.parametrize(("minor", "taken_seconds"), [(69_900, 18_000), (40_000, 10_301), (10_000, 2_576)])
    @pytest.mark.parametrize("used_seconds", [0, 16_000])
    def test_lost_takes_what_the_last_one_paid_for(
        self, harness: PaymentHarness, is_heard_while_open: bool, minor: int, taken_seconds: int, used_seconds: int
    ) -> None:
        _, payment_ref = harness.bought()
        if used_seconds:
            harness.use(used_seconds)
        ref = harness.memory.open_dispute(payment_ref, 20_000)
        harness.hear_all()

        harness.memory.change_dispute(ref, minor)
        if not is_heard_while_open:
            harness.memory.take_hints()
        harness.hear_all()
        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert package["voided_seconds"] + harness.minutes.row()["debt_seconds"] == taken_seconds
        assert package["frozen_seconds"] == 0
        assert [check.invariant.name for check in audit(harness.engine).checks if not check.holds] == []

    def test_leaves_alone_what_another_dispute_has_frozen(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        first, _ = (harness.memory.open_dispute(payment_ref, minor) for minor in (20_000, 10_000))
        harness.hear_all()

        harness.memory.change_dispute(first, 1_000)
        harness.hear_all()

        assert harness.minutes.packages()[0]["frozen_seconds"] == 258 + 2_576

    def test_after_the_loss_is_put_before_a_person(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref, 20_000)
        harness.memory.close_dispute(ref, won=False)
        harness.hear_all()

        harness.memory.change_dispute(ref, 69_900)
        harness.hear_all()

        sentence = f"dispute {ref} was lost with 200.00 RUB, and its gateway says now 699.00 RUB"
        assert harness.items() == [("order needs review", sentence)]

    def test_that_a_person_does_not_name_is_the_one_that_is_known(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.report_dispute(order_id, "open", amount_minor=20_000)

        harness.report_dispute(order_id, "open", amount_minor=10_000)
        harness.report_dispute(order_id, "lost")

        assert harness.minutes.packages()[0]["voided_seconds"] == 2_576


class TestInquiry:
    def test_freezes_nothing(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref, is_inquiry=True)
        harness.hear_all()
        harness.memory.close_dispute(ref, won=True)

        heard = harness.hear_all()

        [package] = harness.minutes.packages()
        assert heard == ["applied"]
        assert (package["state"], package["left_seconds"]) == ("active", 18_000)
        assert harness.minutes.facts("dispute.opened") == []

    def test_that_becomes_a_chargeback_freezes(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        ref = harness.memory.open_dispute(payment_ref, is_inquiry=True)
        harness.hear_all()

        harness.memory.escalate_inquiry(ref)
        harness.hear_all()

        assert harness.minutes.packages()[0]["frozen_seconds"] == 18_000
