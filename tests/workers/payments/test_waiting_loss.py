"""Disputes that are lost while a refund under way has frozen the minutes, and the refund fails afterwards."""

from dataclasses import replace

import pytest

from domain.gateway.refund import GatewayRefundStatus
from store.audit.run import audit
from tests.workers.payments.harness import PaymentHarness
from tests.workers.payments.promoted import bought_promoted
from workers.payments.refund_result import apply_refund

HOUR = 3_600


def lose(harness: PaymentHarness, payment_ref: str, minor: int | None = None) -> str:
    """Let a dispute be opened and lost, all of it or a part, and return its name."""
    ref = harness.memory.open_dispute(payment_ref, minor) if minor else harness.memory.open_dispute(payment_ref)
    harness.hear_all()
    harness.memory.close_dispute(ref, won=False)
    harness.hear_all()
    return ref


def end_refunds(harness: PaymentHarness, *succeeded: bool) -> None:
    """Let the refunds that wait succeed or fail, the oldest first."""
    for refund, is_good in zip(harness.memory.pending_refunds(), succeeded, strict=True):
        harness.memory.end_refund(refund, succeeded=is_good)
    harness.hear_all()


def seconds(harness: PaymentHarness) -> tuple[int, int, int]:
    """What is left, void and frozen of what was bought, with the audit held."""
    assert [check.invariant.name for check in audit(harness.engine).checks if not check.holds] == []
    [row] = [row for row in harness.minutes.packages() if row["kind"] == "purchased"]
    return row["left_seconds"], row["voided_seconds"], row["frozen_seconds"]


class TestRefundThatFails:
    @pytest.mark.parametrize(("used_seconds", "left_seconds", "debt_seconds"), [(0, 8_481, 0), (8_000, 8_481, 8_000)])
    def test_leaves_a_dispute_lost_meanwhile_its_share(
        self, harness: PaymentHarness, used_seconds: int, left_seconds: int, debt_seconds: int
    ) -> None:
        order_id, payment_ref = harness.bought()
        if used_seconds:
            harness.use(used_seconds)
        harness.memory.hold_refunds = True
        harness.refund(order_id)
        lose(harness, payment_ref, 36_962)

        end_refunds(harness, False)

        assert seconds(harness)[0] == left_seconds
        assert harness.minutes.row()["debt_seconds"] == debt_seconds

    def test_beside_another_one_gives_first_what_is_free(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)
        harness.refund(order_id)
        lose(harness, payment_ref, 36_962)

        end_refunds(harness, False, False)

        assert seconds(harness) == (8_481, 9_519, 0)

    @pytest.mark.parametrize("minor", [None, 20_000])
    def test_gives_all_back_when_all_of_the_money_is_won_after_all(
        self, harness: PaymentHarness, minor: int | None
    ) -> None:
        order_id, payment_ref = bought_promoted(harness, bonus_seconds=HOUR)
        harness.memory.hold_refunds = True
        harness.refund(order_id, minor) if minor else harness.refund(order_id)
        ref = lose(harness, payment_ref)
        end_refunds(harness, False)
        lost = seconds(harness)

        harness.report_dispute(order_id, "won", ref)

        assert lost == (0, 18_000, 0)
        assert [row["left_seconds"] for row in harness.minutes.packages() if row["kind"] == "support"] == [
            18_000 + HOUR
        ]
        assert seconds(harness) == lost

    def test_after_it_had_succeeded_puts_what_it_gives_back_before_a_person(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.refund(order_id)
        reported = harness.memory.fetch_refund(harness.refunds(order_id)[0]["refund_ref"])
        lose(harness, payment_ref)

        apply_refund(harness.context, harness.memory.name, replace(reported, status=GatewayRefundStatus.FAILED))

        [(_, said)] = harness.items()
        assert said.endswith("18000 s of them were paid with money that a lost dispute took")
        assert seconds(harness) == (0, 18_000, 0)

    @pytest.mark.parametrize(
        ("refund_minor", "used_seconds", "lost_minor", "missing_seconds"),
        [
            (None, 0, None, 18_000),
            (None, 0, 36_962, 9_519),
            (None, 8_000, None, 10_000),
            (20_000, 0, 36_962, 0),
            (36_962, 0, 40_000, 1_820),
        ],
    )
    def test_after_it_had_succeeded_and_before_the_loss_puts_it_before_a_person_as_well(
        self,
        harness: PaymentHarness,
        refund_minor: int | None,
        used_seconds: int,
        lost_minor: int | None,
        missing_seconds: int,
    ) -> None:
        order_id, _ = harness.bought()
        if used_seconds:
            harness.use(used_seconds)
        harness.refund(order_id, refund_minor)
        reported = harness.memory.fetch_refund(harness.refunds(order_id)[0]["refund_ref"])
        failed = replace(reported, status=GatewayRefundStatus.FAILED)
        apply_refund(harness.context, harness.memory.name, failed)

        # The gateway's own books still have the refund, so its banks are spoken for.
        amount = {} if lost_minor is None else {"amount_minor": lost_minor}
        for state in ("open", "lost"):
            harness.report_dispute(order_id, state, **amount)

        sentences = [said for _, said in harness.items()]
        if missing_seconds:
            assert [f" {missing_seconds} s that its money had paid for" in said for said in sentences] == [True]
        else:
            assert sentences == []
        seconds(harness)
