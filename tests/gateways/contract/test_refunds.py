"""Refunds: ours, held ones, and those from the dashboard; and disputes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from domain.gateway.dispute import DisputeStatus
from domain.gateway.errors import CallRefused, GatewayError, NotFound, UnableToReach
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from domain.gateway.webhook import Subject
from domain.money import Money
from tests.doubles.faults import Fault
from tests.gateways.contract.harness import GatewayHarness, a_key, paid_ref
from tests.gateways.contract.marks import (
    WITH_DISPUTES,
    WITHOUT_DISPUTES,
)


class TestRefund:
    def test_of_a_part_and_then_of_the_rest_adds_up(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        price, currency = payment.price.minor, payment.price.currency
        request = harness.refund_request(payment, price // 3)

        part = harness.gateway.refund(request, a_key("rf"))
        books_of_part, seen_after_part = harness.books(), harness.gateway.fetch_payment(paid_ref(payment))
        rest = harness.gateway.refund(harness.refund_request(payment, price - price // 3), a_key("rf"))
        seen = harness.gateway.fetch_payment(paid_ref(payment))

        assert (part.status, part.amount, part.failure) == (GatewayRefundStatus.SUCCEEDED, request.amount, None)
        assert (part.payment_ref, part.refund_id) == (payment.payment_ref, request.refund_id)
        assert books_of_part == {currency: (price, price // 3)}
        assert (seen_after_part.status, seen_after_part.refunded) == (PaymentStatus.PAID, request.amount)
        assert rest.ref != part.ref
        assert harness.books() == {currency: (price, price)}
        # What was paid stays paid; only what was given back has grown, and no gateway says of it that it took it back.
        assert seen == replace(payment, refunded=payment.price, reversed_money=None)

    def test_of_equal_parts_are_two(self, harness: GatewayHarness) -> None:
        payment = harness.paid()

        first, second = (harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf")) for _ in range(2))

        assert first.ref != second.ref
        assert harness.books() == {payment.price.currency: (payment.price.minor, 200)}

    def test_is_found_again_by_its_ref(self, harness: GatewayHarness) -> None:
        refund = harness.gateway.refund(harness.refund_request(harness.paid(), 100), a_key("rf"))

        assert harness.gateway.fetch_refund(refund.ref) == refund

    def test_of_a_charge_without_the_buyer_goes_alike(self, harness: GatewayHarness) -> None:
        payment = harness.gateway.charge_saved_method(harness.charge_request(harness.saved_method()), a_key("ch"))

        refund = harness.gateway.refund(harness.refund_request(payment), a_key("rf"))

        assert (refund.status, refund.amount) == (GatewayRefundStatus.SUCCEEDED, payment.price)
        assert harness.books() == {payment.price.currency: (payment.price.minor, payment.price.minor)}

    def test_is_one_for_one_key(self, harness: GatewayHarness) -> None:
        payment, key = harness.paid(), a_key("rf")
        request = harness.refund_request(payment, 100)

        first, second = (harness.gateway.refund(request, key) for _ in range(2))

        assert first == second
        assert harness.books() == {payment.price.currency: (payment.price.minor, 100)}

    def test_is_one_for_one_key_by_many_at_once(self, harness: GatewayHarness) -> None:
        payment, key = harness.paid(), a_key("rf")
        request = harness.refund_request(payment, 100)

        with ThreadPoolExecutor(8) as many:
            refs = set(many.map(lambda _: harness.gateway.refund(request, key).ref, range(8)))

        assert len(refs) == 1
        assert harness.books() == {payment.price.currency: (payment.price.minor, 100)}

    def test_is_not_changed_by_its_key_with_another_amount(self, harness: GatewayHarness) -> None:
        payment, key = harness.paid(), a_key("rf")
        request = harness.refund_request(payment, 100)
        harness.gateway.refund(request, key)

        with pytest.raises(GatewayError):
            harness.gateway.refund(replace(request, amount=Money(200, payment.price.currency)), key)

        assert harness.books() == {payment.price.currency: (payment.price.minor, 100)}

    @pytest.mark.parametrize("too_much_minor", [1, 10_000])
    def test_of_more_than_is_left_is_refused(self, harness: GatewayHarness, too_much_minor: int) -> None:
        payment = harness.paid()
        price, currency = payment.price.minor, payment.price.currency
        harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))

        with pytest.raises(CallRefused):
            harness.gateway.refund(harness.refund_request(payment, price - 100 + too_much_minor), a_key("rf"))

        assert harness.books() == {currency: (price, 100)}

    def test_of_what_was_given_back_already_is_refused(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        harness.gateway.refund(harness.refund_request(payment), a_key("rf"))

        with pytest.raises(CallRefused):
            harness.gateway.refund(harness.refund_request(payment, 1), a_key("rf"))

        assert harness.books() == {payment.price.currency: (payment.price.minor, payment.price.minor)}

    def test_of_a_payment_that_is_none_is_refused(self, harness: GatewayHarness) -> None:
        payment = replace(harness.paid(), payment_ref=harness.able.unknown_ref)

        with pytest.raises(CallRefused):
            harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))

        assert harness.books() == {payment.price.currency: (payment.price.minor, 0)}


class TestRefundThatIsHeld:
    @pytest.mark.parametrize(
        ("succeeded", "status", "moved_minor"),
        [(True, GatewayRefundStatus.SUCCEEDED, 100), (False, GatewayRefundStatus.FAILED, 0)],
    )
    def test_is_pending_until_it_is_settled(
        self, harness: GatewayHarness, succeeded: bool, status: GatewayRefundStatus, moved_minor: int
    ) -> None:
        payment = harness.paid()
        harness.double.hold_refunds = True

        held = harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))
        seen_before, books_before = harness.gateway.fetch_refund(held.ref), harness.books()
        harness.double.end_refund(held.ref, succeeded=succeeded)
        refund_after = harness.gateway.fetch_refund(held.ref)

        assert (held.status, seen_before.status) == (GatewayRefundStatus.PENDING, GatewayRefundStatus.PENDING)
        assert books_before == {payment.price.currency: (payment.price.minor, 0)}
        assert refund_after.status is status
        assert (refund_after.refund_id, refund_after.amount) == (held.refund_id, held.amount)
        assert (refund_after.failure is None) == succeeded
        assert harness.books() == {payment.price.currency: (payment.price.minor, moved_minor)}

    def test_counts_as_gone_meanwhile(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        harness.double.hold_refunds = True
        harness.gateway.refund(harness.refund_request(payment), a_key("rf"))

        with pytest.raises(CallRefused):
            harness.gateway.refund(harness.refund_request(payment, 1), a_key("rf"))

    def test_leaves_its_money_to_the_next_one_if_it_fails(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        harness.double.hold_refunds = True
        failed = harness.gateway.refund(harness.refund_request(payment), a_key("rf"))
        harness.double.end_refund(failed.ref, succeeded=False)
        harness.double.hold_refunds = False

        refund = harness.gateway.refund(harness.refund_request(payment), a_key("rf"))

        assert refund.status is GatewayRefundStatus.SUCCEEDED
        assert harness.books() == {payment.price.currency: (payment.price.minor, payment.price.minor)}


class TestRefundsOfPayment:
    def test_are_ours_and_those_by_hand_and_those_under_way(self, harness: GatewayHarness) -> None:
        payment, other = harness.paid(), harness.paid()
        harness.gateway.refund(harness.refund_request(other, 100), a_key("rf"))
        by_hand = harness.double.refund_from_dashboard(paid_ref(payment), 100)
        ours = harness.gateway.refund(harness.refund_request(payment, 101), a_key("rf"))
        harness.double.hold_refunds = True
        held = harness.gateway.refund(harness.refund_request(payment, 102), a_key("rf"))

        listed = {refund.ref: refund for refund in harness.gateway.list_refunds(paid_ref(payment))}

        assert listed == {ref: harness.gateway.fetch_refund(ref) for ref in (by_hand, ours.ref, held.ref)}
        assert {refund.refund_id for refund in listed.values()} == {None, ours.refund_id, held.refund_id}

    def test_are_none_where_nothing_was_given_back(self, harness: GatewayHarness) -> None:
        assert list(harness.gateway.list_refunds(paid_ref(harness.paid()))) == []

    def test_of_a_payment_that_is_none_are_not_found(self, harness: GatewayHarness) -> None:
        with pytest.raises(NotFound):
            list(harness.gateway.list_refunds(harness.able.unknown_ref))

    @pytest.mark.parametrize("fault", [Fault.FORBIDDEN, Fault.UNKNOWN])
    def test_may_be_refused_as_any_call(self, harness: GatewayHarness, fault: Fault) -> None:
        refund = harness.gateway.refund(harness.refund_request(harness.paid(), 100), a_key("rf"))
        harness.break_next("fetch", fault)

        with pytest.raises(NotFound if fault is Fault.UNKNOWN else UnableToReach):
            harness.gateway.fetch_refund(refund.ref)


class TestRefundByHand:
    @pytest.mark.parametrize("is_part", [True, False])
    def test_is_fetched_and_has_no_id_of_ours(self, harness: GatewayHarness, is_part: bool) -> None:
        payment = harness.paid()
        minor = 100 if is_part else payment.price.minor

        ref = harness.double.refund_from_dashboard(paid_ref(payment), 100 if is_part else None)
        refund = harness.gateway.fetch_refund(ref)

        assert (refund.ref, refund.payment_ref, refund.refund_id) == (ref, payment.payment_ref, None)
        assert (refund.status, refund.amount) == (GatewayRefundStatus.SUCCEEDED, Money(minor, payment.price.currency))
        assert harness.gateway.fetch_payment(paid_ref(payment)).refunded == refund.amount

    def test_leaves_less_for_us(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        harness.double.refund_from_dashboard(paid_ref(payment), 100)

        with pytest.raises(CallRefused):
            harness.gateway.refund(harness.refund_request(payment), a_key("rf"))

        assert harness.books() == {payment.price.currency: (payment.price.minor, 100)}


@WITH_DISPUTES
class TestDispute:
    @pytest.mark.parametrize(("won", "status"), [(True, DisputeStatus.WON), (False, DisputeStatus.LOST)])
    def test_is_open_and_then_decided(self, harness: GatewayHarness, won: bool, status: DisputeStatus) -> None:
        payment = harness.paid()

        ref = harness.disputing.open_dispute(paid_ref(payment))
        first = harness.gateway.fetch_dispute(ref)
        harness.disputing.close_dispute(ref, won=won)
        second = harness.gateway.fetch_dispute(ref)

        assert (first.ref, first.payment_ref, first.amount) == (ref, payment.payment_ref, payment.price)
        assert (first.status, second.status) == (DisputeStatus.OPEN, status)
        assert first.reason
        assert (second.ref, second.payment_ref) == (ref, payment.payment_ref)

    def test_keeps_us_from_giving_a_part_back_besides(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        harness.disputing.open_dispute(paid_ref(payment))

        with pytest.raises(CallRefused):
            harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))

        assert harness.books() == {payment.price.currency: (payment.price.minor, 0)}

    @pytest.mark.parametrize("won", [True, False])
    def test_is_what_its_webhooks_are_about(self, harness: GatewayHarness, won: bool) -> None:
        payment = harness.paid()
        harness.forget()

        ref = harness.disputing.open_dispute(paid_ref(payment))
        harness.disputing.close_dispute(ref, won=won)
        hints = harness.hints()

        assert {(hint.subject, hint.ref) for hint in hints} == {(Subject.DISPUTE, ref)}
        assert len({hint.dedupe_key for hint in hints}) == len(hints) >= 2


@WITHOUT_DISPUTES
class TestNoDisputes:
    @pytest.mark.parametrize("ref", ["1", ""])
    def test_is_said_plainly(self, harness: GatewayHarness, ref: str) -> None:
        with pytest.raises(CallRefused):
            harness.gateway.fetch_dispute(ref)
