"""Methods that are saved without a payment, charged, and forgotten; and charges that are cancelled."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.gateway.decline import Retry
from domain.gateway.errors import NotFound, UnableToReach
from domain.gateway.payment import PaymentStatus
from domain.gateway.setup import GatewaySetup, SetupStatus
from domain.gateway.webhook import Subject
from tests.doubles.faults import Fault
from tests.gateways.contract.harness import BUYER, GatewayHarness, a_key, paid_ref
from tests.gateways.contract.marks import NOTHING, NOTHING_DONE, ODD_REFS, UNCLEAR, only

TELLING = only(lambda able: able.tells_of_setups)


class TestSetup:
    def test_waits_on_a_page_until_the_buyer_agrees(self, harness: GatewayHarness) -> None:
        setup = harness.setup()

        waiting = harness.gateway.fetch_setup(setup.ref)

        assert setup.redirect_url.startswith("http")
        assert (waiting.ref, waiting.status, waiting.method) == (setup.ref, SetupStatus.PENDING, None)

    def test_says_what_the_buyer_did_before_we_complete_it(self, harness: GatewayHarness) -> None:
        setup = harness.setup()

        harness.double.finish_setup(setup.ref)

        assert harness.gateway.fetch_setup(setup.ref).status is harness.able.once_agreed

    def test_saves_a_method_and_takes_no_money(self, harness: GatewayHarness) -> None:
        request = harness.setup_request()
        page = harness.gateway.create_setup(request, a_key("su"))
        harness.double.finish_setup(page.ref)

        setup = harness.gateway.complete_setup(page.ref, a_key("sc"))

        assert (setup.ref, setup.status, setup.failure) == (page.ref, SetupStatus.SAVED, None)
        assert setup.setup_id in (request.setup_id, None)
        assert setup.method is not None
        assert setup.method.token
        assert setup.method.label
        assert setup.method.expires_on is None or setup.method.expires_on > datetime.now(UTC).date()
        assert harness.books() == NOTHING

    def test_saves_a_method_that_can_be_charged(self, harness: GatewayHarness) -> None:
        method = harness.set_up().method
        assert method is not None

        payment = harness.gateway.charge_saved_method(harness.charge_request(method), a_key("ch"))

        assert payment.status is PaymentStatus.PAID
        assert harness.books() == {payment.price.currency: (payment.price.minor, 0)}

    def test_is_of_the_customer_who_has_paid_before(self, harness: GatewayHarness) -> None:
        customer = harness.paid(saves_method=True).gateway_customer

        setup = harness.set_up(buyer=replace(BUYER, gateway_customer=customer))

        assert setup.method is not None
        assert setup.method.gateway_customer == customer

    def test_is_one_page_for_one_key(self, harness: GatewayHarness) -> None:
        request, key = harness.setup_request(), a_key("su")

        assert harness.gateway.create_setup(request, key).ref == harness.gateway.create_setup(request, key).ref

    def test_that_is_completed_twice_saves_one_method(self, harness: GatewayHarness) -> None:
        page, key = harness.setup(), a_key("sc")
        harness.double.finish_setup(page.ref)

        first, second = (harness.gateway.complete_setup(page.ref, key) for _ in range(2))

        assert (second.status, second.method) == (SetupStatus.SAVED, first.method)

    def test_that_is_completed_by_many_at_once_saves_one_method(self, harness: GatewayHarness) -> None:
        page, key = harness.setup(), a_key("sc")
        harness.double.finish_setup(page.ref)

        with ThreadPoolExecutor(8) as many:
            setups = list(many.map(lambda _: harness.gateway.complete_setup(page.ref, key), range(8)))

        assert {setup.status for setup in setups} == {SetupStatus.SAVED}
        assert len({setup.method for setup in setups}) == 1

    def test_that_is_refused_saves_nothing_and_says_why(self, harness: GatewayHarness) -> None:
        page = harness.setup()
        harness.double.fail_setup(page.ref, "card_declined")

        setup = harness.gateway.complete_setup(page.ref, a_key("sc"))

        assert (setup.status, setup.method) == (SetupStatus.FAILED, None)
        assert setup.failure

    @TELLING
    def test_is_told_by_a_webhook(self, harness: GatewayHarness) -> None:
        page = harness.setup()
        harness.double.finish_setup(page.ref)

        hints = [hint for hint in harness.hints() if hint.subject is Subject.METHOD]
        seen = [harness.fetch(hint) for hint in hints]

        # A gateway may tell of the page and of what stands behind it; whichever is read, it is our setup that is done.
        told = [one for one in seen if isinstance(one, GatewaySetup)]
        assert page.ref in {one.ref for one in told}
        assert {(one.setup_id, one.status) for one in told} == {(told[0].setup_id, SetupStatus.SAVED)}
        assert told[0].setup_id

    @pytest.mark.parametrize("ref", ODD_REFS)
    def test_of_an_odd_ref_is_unknown(self, harness: GatewayHarness, ref: str) -> None:
        with pytest.raises(NotFound):
            harness.gateway.fetch_setup(ref)

    @pytest.mark.parametrize("fault", UNCLEAR)
    def test_that_is_not_answered_may_be_opened_again(self, harness: GatewayHarness, fault: Fault) -> None:
        request, key = harness.setup_request(), a_key("su")
        harness.break_next("create_setup", fault)

        with pytest.raises(UnableToReach):
            harness.gateway.create_setup(request, key)

        assert harness.gateway.create_setup(request, key).redirect_url


class TestForgetting:
    def test_a_method_is_done_once_and_then_again(self, harness: GatewayHarness) -> None:
        method = harness.set_up().method
        assert method is not None

        harness.gateway.forget_method(method)
        harness.gateway.forget_method(method)

    def test_one_that_was_never_known_is_no_error(self, harness: GatewayHarness) -> None:
        method = harness.saved_method()

        harness.gateway.forget_method(replace(method, token=harness.able.unknown_ref))

    def test_a_method_leaves_the_others(self, harness: GatewayHarness) -> None:
        method, other = harness.set_up().method, harness.saved_method()
        assert method is not None

        harness.gateway.forget_method(method)

        charge = harness.charge_request(other)
        assert harness.gateway.charge_saved_method(charge, a_key("ch")).status is PaymentStatus.PAID


class TestCancelling:
    def test_a_charge_that_waits_for_the_buyer_leaves_no_money_behind(self, harness: GatewayHarness) -> None:
        request, (code, _) = harness.charge_request(harness.saved_method()), harness.able.asks_buyer
        harness.break_next("charge", Fault.DECLINE, code=code)
        waiting = harness.gateway.charge_saved_method(request, a_key("ch"))
        ref = waiting.payment_ref or waiting.checkout_ref
        assert ref is not None

        cancelled = harness.gateway.cancel_charge(ref, a_key("cc"))

        assert cancelled.status is not PaymentStatus.PAID
        assert not cancelled.is_under_way
        assert harness.books() == NOTHING

    def test_a_charge_that_is_paid_changes_nothing_and_says_so(self, harness: GatewayHarness) -> None:
        paid = harness.gateway.charge_saved_method(harness.charge_request(harness.saved_method()), a_key("ch"))

        seen = harness.gateway.cancel_charge(paid_ref(paid), a_key("cc"))

        assert (seen.status, seen.payment_ref) == (PaymentStatus.PAID, paid.payment_ref)
        assert harness.books() == {paid.price.currency: (paid.price.minor, 0)}

    def test_a_declined_charge_says_that_no_money_came(self, harness: GatewayHarness) -> None:
        request = harness.charge_request(harness.saved_method())
        harness.break_next("charge", Fault.DECLINE, code=harness.able.declines[Retry.LATER])
        declined = harness.gateway.charge_saved_method(request, a_key("ch"))
        ref = declined.payment_ref or declined.checkout_ref
        if ref is None:
            # Some gateways give a declined charge no name, so nothing of it can be open.
            return

        assert harness.gateway.cancel_charge(ref, a_key("cc")).status is not PaymentStatus.PAID
        assert harness.books() == NOTHING

    def test_an_unknown_charge_is_not_found(self, harness: GatewayHarness) -> None:
        with pytest.raises(NotFound):
            harness.gateway.cancel_charge(harness.able.unknown_ref, a_key("cc"))

    @pytest.mark.parametrize("ref", ODD_REFS)
    def test_an_odd_ref_is_not_found(self, harness: GatewayHarness, ref: str) -> None:
        with pytest.raises(NotFound):
            harness.gateway.cancel_charge(ref, a_key("cc"))

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_that_is_not_answered_is_unclear(self, harness: GatewayHarness, fault: Fault) -> None:
        paid = harness.gateway.charge_saved_method(harness.charge_request(harness.saved_method()), a_key("ch"))
        operation = "cancel" if harness.able.cancels_charges else "fetch"
        harness.break_next(operation, fault)

        with pytest.raises(UnableToReach):
            harness.gateway.cancel_charge(paid_ref(paid), a_key("cc"))
