"""How an order changes: refs stay, moments are noted once, and what needs review stays so until the money is right."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.payment import Checkout, PaymentStatus
from domain.gateway.requests import Buyer
from domain.money import Money
from domain.payments.order import Order, PurchaseKind, buyer_in
from domain.payments.order_update import (
    apply_update,
    begin_call,
    end_unpaid,
    kind_of_purchase,
    put_to_review,
    with_checkout,
    with_fee,
)
from domain.payments.payment_decision import PaymentDecision, Step
from tests.domain.payments.builders import NOON, order, payment

MINUTE = timedelta(minutes=1)
PENDING, ACTION_REQUIRED, APPROVED = PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED, PaymentStatus.APPROVED
PAID, FAILED, EXPIRED = PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.EXPIRED


def updated(before: Order, status: PaymentStatus, *, failure: str | None = None, **payment_has: object) -> Order:
    """An order after an update at noon; a paid one gets a package."""
    reported = replace(payment(status), **payment_has)  # type: ignore[arg-type]
    package_id = "package" if status is PAID else None
    return apply_update(before, reported, PaymentDecision(Step.NOTE, status, failure), at=NOON, package_id=package_id)


class TestApplyUpdate:
    def test_takes_over_what_was_paid_and_granted(self) -> None:
        after = updated(order(checkout_ref=None), PAID, at=NOON - MINUTE)

        assert (after.status, after.checkout_ref, after.payment_ref, after.package_id) == (
            PAID,
            "co_1",
            "pi_1",
            "package",
        )
        assert (after.paid_at, after.recorded_at, after.updated_at) == (NOON - MINUTE, NOON, NOON)

    def test_takes_the_payment_that_paid_rather_than_one_that_failed(self) -> None:
        failed = updated(order(), FAILED, payment_ref="pi_failed", failure="insufficient_funds")

        assert failed.payment_ref == "pi_failed"
        assert updated(failed, PAID).payment_ref == "pi_1"

    def test_never_changes_the_payment_of_a_paid_order(self) -> None:
        paid = updated(order(), PAID)

        again = updated(paid, PAID, payment_ref="pi_2", checkout_ref="co_2", at=NOON + MINUTE)

        assert again == paid

    def test_keeps_the_ref_of_the_checkout_that_was_opened(self) -> None:
        assert updated(order(), APPROVED, checkout_ref=None).checkout_ref == "co_1"

    def test_keeps_why_it_failed_until_something_else_is_known(self) -> None:
        failed = updated(order(), FAILED, failure="insufficient_funds")

        assert updated(failed, EXPIRED).failure == "insufficient_funds"
        assert updated(failed, EXPIRED, failure="expired").failure == "expired"

    def test_forgets_why_it_failed_once_it_is_paid(self) -> None:
        failed = updated(order(), FAILED, failure="insufficient_funds")

        assert updated(failed, PAID).failure is None

    def test_leaves_an_order_to_its_review_until_the_right_money_comes(self) -> None:
        questionable = put_to_review(order(), "1.00 RUB was paid", at=NOON, payment_ref="pi_wrong")

        expired, paid = updated(questionable, EXPIRED, failure="expired"), updated(questionable, PAID)

        assert (expired.needs_review, expired.failure, expired.payment_ref) == (True, "1.00 RUB was paid", "pi_wrong")
        assert (paid.needs_review, paid.failure, paid.payment_ref) == (False, None, "pi_1")

    @pytest.mark.parametrize("status", [ACTION_REQUIRED, APPROVED])
    def test_notes_once_that_the_buyer_has_opened_the_page(self, status: PaymentStatus) -> None:
        opened = updated(order(), status)

        assert opened.opened_at == NOON
        assert updated(replace(opened, opened_at=NOON - MINUTE), APPROVED).opened_at == NOON - MINUTE
        assert updated(order(), FAILED).opened_at is None

    def test_notes_when_it_failed_and_when_it_expired(self) -> None:
        failed, expired = updated(order(), FAILED), updated(order(), EXPIRED)

        assert (failed.failed_at, failed.expired_at) == (NOON, None)
        assert (expired.failed_at, expired.expired_at) == (None, NOON)
        assert updated(failed, PAID).failed_at == NOON

    def test_says_when_its_state_changed_and_not_when_it_was_reported_again(self) -> None:
        before = order(APPROVED)

        assert updated(before, APPROVED).updated_at == before.updated_at
        assert updated(before, PAID).updated_at == NOON

    def test_takes_the_gateways_fee_in_its_own_currency(self) -> None:
        assert updated(order(), PAID, fee=Money(84, "USD")).fee == Money(84, "USD")


class TestTheGatewaysAddress:
    def test_is_noted_when_it_is_paid_where_we_knew_none(self) -> None:
        called = begin_call(order(), Buyer("account", None, "cus_1", "ru"), at=NOON)

        paid = updated(called, PAID, buyer_email="a@b.c")

        assert paid.buyer_snapshot == {"email": None, "customer": "cus_1", "locale": "ru", "gateway_email": "a@b.c"}
        assert updated(order(), PAID, buyer_email="a@b.c").buyer_snapshot is not None

    def test_is_not_noted_where_we_knew_one_or_nothing_is_paid(self) -> None:
        known, unknown = (begin_call(order(), Buyer("account", email), at=NOON) for email in ("anna@b.c", None))

        assert updated(known, PAID, buyer_email="a@b.c").buyer_snapshot == known.buyer_snapshot
        assert updated(unknown, PENDING, buyer_email="a@b.c").buyer_snapshot == unknown.buyer_snapshot
        assert updated(unknown, PAID).buyer_snapshot == unknown.buyer_snapshot


class TestWithFee:
    def test_takes_a_fee_that_becomes_known_after_the_payment(self) -> None:
        paid = updated(order(), PAID)

        known = with_fee(paid, replace(payment(PAID), fee=Money(100, "RUB")))

        assert known.fee == Money(100, "RUB")
        assert with_fee(known, replace(payment(PAID), fee=Money(101, "RUB"))) == known

    def test_takes_none_of_another_payment_or_for_an_open_order(self) -> None:
        paid, other = updated(order(), PAID), replace(payment(PAID, payment_ref="pi_2"), fee=Money(100, "RUB"))

        assert with_fee(paid, other) == paid
        assert with_fee(order(), replace(payment(PENDING), fee=Money(100, "RUB"))) == order()


class TestEndUnpaid:
    def test_needs_no_payment(self) -> None:
        after = end_unpaid(order(), EXPIRED, "abandoned", at=NOON)

        assert (after.status, after.failure, after.expired_at) == (EXPIRED, "abandoned", NOON)
        assert (after.payment_ref, after.paid_at) == (None, None)


class TestBeginCall:
    def test_notes_the_first_moment_and_the_first_buyer_of_a_key(self) -> None:
        first = begin_call(order(), Buyer("account"), at=NOON)

        again = begin_call(first, Buyer("account", "a@b.c", "cus_1", "ru"), at=NOON + MINUTE)

        assert (again.called_at, again.polled_at) == (NOON, NOON + MINUTE)
        assert again.buyer_snapshot is not None
        assert buyer_in("account", again.buyer_snapshot) == Buyer("account")


class TestWithCheckout:
    def test_adds_the_link_and_when_it_was_ready(self) -> None:
        checkout = Checkout("co_2", "https://pay.example/co_2", NOON + MINUTE)

        after = with_checkout(order(checkout_ref=None), checkout, at=NOON)

        assert (after.checkout_ref, after.redirect_url, after.checkout_expires_at) == (
            "co_2",
            "https://pay.example/co_2",
            NOON + MINUTE,
        )
        assert after.link_ready_at == NOON


class TestKindOfPurchase:
    @pytest.mark.parametrize("before", [PurchaseKind.FIRST, PurchaseKind.REPEAT])
    def test_is_first_where_nothing_was_bought_before(self, before: PurchaseKind) -> None:
        opened = replace(order(), kind=before)

        assert kind_of_purchase(opened, has_bought_before=False) is PurchaseKind.FIRST
        assert kind_of_purchase(opened, has_bought_before=True) is PurchaseKind.REPEAT

    @pytest.mark.parametrize("kind", [PurchaseKind.RENEWAL, PurchaseKind.TOP_UP])
    @pytest.mark.parametrize("has_bought_before", [True, False])
    def test_of_renewals_and_top_ups_stays(self, kind: PurchaseKind, has_bought_before: bool) -> None:
        assert kind_of_purchase(replace(order(), kind=kind), has_bought_before=has_bought_before) is kind
