from datetime import UTC, datetime, timedelta

import pytest

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.recent import UnreadObject
from domain.gateway.refund import GatewayRefund
from domain.gateway.webhook import Subject
from tests.doubles.faults import Fault
from tests.gateways.stripe.samples import charge_request, checkout_request, paid, refund_request


def period(*, hours=1):
    now = datetime.now(UTC)
    return now - timedelta(hours=hours), now + timedelta(seconds=1)


class TestListRecent:
    def test_lists_payments_and_refunds_each_once(self, gateway, double):
        payment = paid(gateway, double, saves_method=True)
        renewed = gateway.charge_saved_method(charge_request(payment.method), "ch-1-1")
        ours = gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")
        foreign = double.refund_from_dashboard(payment.payment_ref, 50)
        lapsed = gateway.create_checkout(checkout_request(order="o3"), "co-3")
        double.expire(lapsed.ref)

        found = list(gateway.list_recent(*period()))

        payments = {one.order_id: one.status for one in found if isinstance(one, GatewayPayment)}
        assert payments == {"o1": PaymentStatus.PAID, "o2": PaymentStatus.PAID, "o3": PaymentStatus.EXPIRED}
        assert {one.payment_ref for one in found if isinstance(one, GatewayPayment)} >= {renewed.payment_ref}
        assert {one.ref: one.refund_id for one in found if isinstance(one, GatewayRefund)} == {
            ours.ref: "r1",
            foreign: None,
        }
        assert len(found) == 5

    def test_lists_a_refund_that_failed_long_after_it_was_made(self, gateway, double):
        payment = paid(gateway, double)
        ref = double.refund_from_dashboard(payment.payment_ref, 100)
        double.end_refund(ref, succeeded=False)

        [refund] = [one for one in gateway.list_recent(*period()) if isinstance(one, GatewayRefund)]

        assert refund.failure == "lost_or_stolen_card"

    def test_turns_every_page(self, gateway, double):
        payment = paid(gateway, double)
        for _ in range(120):
            double.refund_from_dashboard(payment.payment_ref, 1)
        before = double.count("list")

        refs = {one.ref for one in gateway.list_recent(*period()) if isinstance(one, GatewayRefund)}

        assert len(refs) == 120
        assert double.count("list") - before == 3  # 240 events of refunds and two of the payment

    def test_lists_disputes_with_an_event_and_without(self, gateway, double):
        ended, begun = (double.open_dispute(paid(gateway, double, order=name).payment_ref) for name in ("o1", "o2"))
        double.close_dispute(ended, won=False)
        double.forget_events()
        double.win_after_all(ended)

        found = {one.ref: one.status for one in gateway.list_recent(*period()) if isinstance(one, GatewayDispute)}

        assert found == {ended: DisputeStatus.WON, begun: DisputeStatus.OPEN}

    def test_has_no_use_for_a_checkout_that_only_saves_a_card(self, gateway, double):
        payment = paid(gateway, double)
        refund = double.refund_from_dashboard(payment.payment_ref, 100)
        double.save_card_for_another_shop()

        found = list(gateway.list_recent(*period()))

        assert {one.ref for one in found if isinstance(one, GatewayRefund)} == {refund}
        assert not [one for one in found if isinstance(one, UnreadObject)]

    def test_goes_on_behind_what_it_cannot_read(self, gateway, double):
        payment = paid(gateway, double)
        strange, refund = (double.refund_from_dashboard(payment.payment_ref, 100) for _ in range(2))
        double.spoil("refunds", strange, amount=None)

        found = list(gateway.list_recent(*period()))

        assert {one.ref for one in found if isinstance(one, GatewayRefund)} == {refund}
        assert {(one.subject, one.ref) for one in found if isinstance(one, UnreadObject)} == {(Subject.REFUND, strange)}

    @pytest.mark.parametrize("spoilt", [{"currency": 7}, {"amount": "ten"}, {"created": "today"}, {"status": {}}])
    def test_goes_on_behind_every_kind_of_strangeness(self, gateway, double, spoilt):
        payment = paid(gateway, double)
        strange, refund = (double.refund_from_dashboard(payment.payment_ref, 100) for _ in range(2))
        double.spoil("refunds", strange, **spoilt)

        found = list(gateway.list_recent(*period()))

        assert refund in {one.ref for one in found if isinstance(one, GatewayRefund)}
        assert strange in {one.ref for one in found if isinstance(one, UnreadObject)}

    def test_lists_nothing_of_another_period(self, gateway, double):
        paid(gateway, double)
        now = datetime.now(UTC)

        assert list(gateway.list_recent(now - timedelta(days=2), now - timedelta(days=1))) == []

    def test_does_not_pretend_to_know_what_stripe_has_forgotten(self, gateway):
        with pytest.raises(CallRefused, match="30 days"):
            list(gateway.list_recent(*period(hours=31 * 24)))

    def test_fails_clearly_when_the_feed_does_not_answer(self, gateway, double):
        double.faults.plan("list", Fault.ERROR_BEFORE, times=3)

        with pytest.raises(UnableToReach, match="recent events"):
            list(gateway.list_recent(*period()))
