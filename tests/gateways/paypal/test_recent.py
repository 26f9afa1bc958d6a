"""Listing what has changed in a period."""

from datetime import timedelta
from typing import Any

import pytest

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.errors import UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.recent import UnreadObject
from domain.gateway.refund import GatewayRefund
from gateways.paypal.adapter import PaypalGateway
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.paypal.records import now_text
from tests.gateways.paypal.samples import a_key, checkout_request, now, paid, refund_request

HOUR = timedelta(hours=1)


class TestListRecent:
    def test_lists_payments_and_refunds_of_which_no_webhook_came(
        self, gateway: PaypalGateway, double: PaypalDouble
    ) -> None:
        first, second = paid(gateway, double), paid(gateway, double)
        assert first.payment_ref is not None
        ours = gateway.refund(refund_request(second, 100), a_key("rf"))
        theirs = double.refund_from_dashboard(first.payment_ref, 200)

        found = list(gateway.list_recent(now() - HOUR, now() + HOUR))

        assert {one.payment_ref for one in found if isinstance(one, GatewayPayment)} == {
            first.payment_ref,
            second.payment_ref,
        }
        assert {one.ref for one in found if isinstance(one, GatewayRefund)} == {ours.ref, theirs}

    def test_lists_an_approved_order_that_nobody_captured(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        checkout = gateway.create_checkout(checkout_request(), a_key())
        double.pay(checkout.ref)

        (found,) = gateway.list_recent(now() - HOUR, now() + HOUR)

        assert isinstance(found, GatewayPayment)
        assert (found.checkout_ref, found.status) == (checkout.ref, PaymentStatus.APPROVED)

    def test_follows_the_pages_and_never_their_host(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        double.state.feed_page_size = 2
        payments = [paid(gateway, double) for _ in range(4)]

        found = list(gateway.list_recent(now() - HOUR, now() + HOUR))

        assert {one.payment_ref for one in found} == {payment.payment_ref for payment in payments}
        assert double.count("list") == 4

    def test_lists_the_period_alone(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        paid(gateway, double)
        double.age_events(timedelta(hours=30))
        late = paid(gateway, double)

        found = list(gateway.list_recent(now() - 26 * HOUR, now()))

        assert {one.payment_ref for one in found} == {late.payment_ref}

    def test_goes_on_when_paypal_has_forgotten_an_order(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        abandoned = gateway.create_checkout(checkout_request(), a_key())
        double.pay(abandoned.ref)
        double.forget_order(abandoned.ref)
        payment = paid(gateway, double)

        found = list(gateway.list_recent(now() - HOUR, now() + HOUR))

        assert {one.payment_ref for one in found} == {payment.payment_ref}

    def test_fetches_once_what_several_events_are_about(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        double.hold_captures = True
        payment = paid(gateway, double)
        assert payment.payment_ref is not None
        double.end_capture(payment.payment_ref, succeeded=True)
        assert len(double.state.events) == 3

        found = list(gateway.list_recent(now() - HOUR, now() + HOUR))

        assert [one.payment_ref for one in found] == [payment.payment_ref] * 2, "once by its capture, once by its order"

    def test_leaves_methods_out(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double, saves_method=True)

        found = list(gateway.list_recent(now() - HOUR, now() + HOUR))

        assert {one.payment_ref for one in found} == {payment.payment_ref}

    def test_lists_disputes_whose_events_are_forgotten(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        refs = [double.open_dispute(str(paid(gateway, double).payment_ref)) for _ in range(3)]
        double.close_dispute(refs[0], won=False)
        double.state.events.clear()

        found = list(gateway.list_recent(now() - HOUR, now() + HOUR))

        assert {one.ref: one.status for one in found if isinstance(one, GatewayDispute)} == {
            refs[0]: DisputeStatus.LOST,
            refs[1]: DisputeStatus.OPEN,
            refs[2]: DisputeStatus.OPEN,
        }

    def test_goes_on_behind_what_it_cannot_read(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        strange = paid(gateway, double)
        double.state.captures[str(strange.payment_ref)].status = "ON_THE_MOON"
        nothing: dict[str, Any] = {"event_type": "PAYMENT.CAPTURE.COMPLETED", "create_time": now_text()}
        double.state.events += [nothing, nothing | {"resource": "nothing"}]
        refund = double.refund_from_dashboard(str(paid(gateway, double).payment_ref), 100)

        found = list(gateway.list_recent(now() - HOUR, now() + HOUR))

        assert refund in {one.ref for one in found if isinstance(one, GatewayRefund)}
        unread = [one for one in found if isinstance(one, UnreadObject)]
        assert {one.ref for one in unread} <= {strange.payment_ref, strange.checkout_ref}
        assert "ON_THE_MOON" in unread[0].reason

    def test_is_not_read_to_its_end_when_paypal_falls_silent(
        self, gateway: PaypalGateway, double: PaypalDouble
    ) -> None:
        for _ in range(4):
            paid(gateway, double)
        double.faults.plan("fetch", Fault.ERROR_BEFORE, times=9)

        with pytest.raises(UnableToReach):
            list(gateway.list_recent(now() - HOUR, now() + HOUR))
