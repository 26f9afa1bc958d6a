"""
The contract of the port, held by every gateway alike: `domain/payments/gateway.py`, `domain/payments/README.md`.

What gateways may differ in stands in the table of `contract.py`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import httpx
import pytest
import stripe

from domain.money import Money
from domain.payments.gateway import (
    CallRefused,
    DisputeState,
    ForeignAddress,
    GatewayError,
    NotFound,
    Payment,
    PayState,
    Refund,
    RefundState,
    Retry,
    Subject,
    UnableToReach,
    Unverified,
)
from tests.doubles.faults import Fault
from tests.gateways.contract import (
    ABILITIES,
    BUYER,
    PEER,
    Abilities,
    Desk,
    a_key,
    lowered,
    paid_ref,
    settings_of,
)

NOTHING: dict[str, tuple[int, int]] = {}
NOTHING_DONE = [Fault.ERROR_BEFORE, Fault.HTML]
UNCLEAR = [*NOTHING_DONE, Fault.ERROR_AFTER_COMMIT]
DAY = timedelta(days=1)

ODD_REFS = ["", "..", "../refunds", "a/b?c=1#d", "x" * 300, "é", "a b"]
"""What no gateway ever gave as an id, and what must not become a part of an address."""


def only(can: Callable[[Abilities], bool]) -> Any:
    """Return the mark of tests that are for some gateways alone."""
    some = [able for able in ABILITIES if can(able)]
    return pytest.mark.parametrize("desk", some, indirect=True, ids=lambda able: able.name)


def only_priced(prices: Callable[[Abilities], tuple[Money, ...]]) -> Any:
    """Return the mark of tests that are for prices of each gateway's own."""
    cases = [pytest.param(able, price, id=f"{able.name}-{price}") for able in ABILITIES for price in prices(able)]
    return pytest.mark.parametrize(("desk", "price"), cases, indirect=["desk"])


DISPUTING = only(lambda able: able.tells_disputes)
WITHOUT_DISPUTES = only(lambda able: not able.tells_disputes)
CHECKING_CURRENCY = only(lambda able: able.checks_refund_currency)
SIGNING = only(lambda able: bool(able.signed_by))
UNSIGNED = only(lambda able: not able.signed_by)
TAKEN = only_priced(lambda able: (able.price, *able.taken))
REFUSED = only_priced(lambda able: able.refused)


@pytest.fixture(scope="module")
def desk_of() -> Iterator[Callable[[Abilities], Desk]]:
    """A new desk of a gateway; each gateway and its double are opened once, as the product opens them."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        # Between its tries the SDK of Stripe would wait for half a second and more.
        patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)

        @cache
        def opened(able: Abilities) -> Callable[[], Desk]:
            double = stack.enter_context(able.new_double())
            settings = settings_of(able, double.settings())
            return partial(Desk, able, double, able.opening.open_gateway(settings), able.opening.open_reader(settings))

        yield lambda able: opened(able)()


@pytest.fixture(params=ABILITIES, ids=lambda able: able.name)
def desk(request: pytest.FixtureRequest, desk_of: Callable[[Abilities], Desk]) -> Desk:
    """A gateway as one test sees it."""
    return desk_of(request.param)


class TestItself:
    def test_has_the_name_that_its_reader_has(self, desk: Desk) -> None:
        assert (desk.gateway.name, desk.reader.name) == (desk.able.name, desk.able.name)

    def test_keeps_keys_for_some_hours_and_less_than_a_day(self, desk: Desk) -> None:
        assert timedelta(hours=2) <= desk.gateway.key_lifetime < DAY

    def test_takes_refunds_for_months_if_not_for_ever(self, desk: Desk) -> None:
        assert desk.gateway.refund_window is None or desk.gateway.refund_window >= 90 * DAY


class TestCheckout:
    def test_is_opened_pending_with_a_page_for_the_buyer(self, desk: Desk) -> None:
        purchase = desk.purchase()

        checkout = desk.gateway.create_checkout(purchase, a_key("co"))
        payment = desk.gateway.fetch_payment(checkout.ref)

        assert httpx.get(checkout.redirect_url, trust_env=False).status_code == 200
        assert checkout.expires_at is None or checkout.expires_at > datetime.now(UTC)
        assert (payment.state, payment.checkout_ref, payment.payment_ref) == (PayState.PENDING, checkout.ref, None)
        assert (payment.order_id, payment.price) == (purchase.order_id, purchase.price)
        assert payment.refunded == Money(0, purchase.price.currency)
        assert desk.books() == NOTHING

    @pytest.mark.parametrize("saves_method", [False, True])
    def test_is_one_for_one_key(self, desk: Desk, saves_method: bool) -> None:
        purchase, key = desk.purchase(saves_method=saves_method), a_key("co")

        first, again = (desk.gateway.create_checkout(purchase, key) for _ in range(2))
        other = desk.gateway.create_checkout(purchase, a_key("co"))

        assert first == again
        assert other.ref != first.ref

    def test_keeps_its_price_when_its_key_comes_with_another(self, desk: Desk) -> None:
        purchase, key = desk.purchase(), a_key("co")
        cheaper = replace(purchase, price=Money(100, purchase.price.currency))
        checkout = desk.gateway.create_checkout(purchase, key)

        refusal, other = None, None
        try:
            other = desk.gateway.create_checkout(cheaper, key)
        except GatewayError as error:
            refusal = error

        # It may refuse, or open another one; what it must not do is to sell at a price that nobody asked for.
        assert refusal or (other and desk.gateway.fetch_payment(other.ref).price == cheaper.price)
        assert desk.gateway.fetch_payment(checkout.ref).price == purchase.price

    def test_brings_nothing_while_nobody_pays(self, desk: Desk) -> None:
        checkout = desk.checkout()

        payment = desk.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.state is PayState.PENDING
        assert desk.books() == NOTHING

    def test_that_is_declined_is_not_paid_and_says_why(self, desk: Desk) -> None:
        checkout, (code, state) = desk.checkout(), desk.able.page_decline

        desk.double.decline(checkout.ref, code)
        payment = desk.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.state is state
        assert payment.decline is not None
        assert payment.decline.code == code
        assert desk.books() == NOTHING

    def test_that_ran_out_of_time_is_expired(self, desk: Desk) -> None:
        checkout = desk.checkout()

        desk.double.expire(checkout.ref)

        assert desk.gateway.fetch_payment(checkout.ref).state is PayState.EXPIRED
        assert desk.gateway.complete_checkout(checkout.ref, a_key("cp")).state is PayState.EXPIRED
        assert desk.books() == NOTHING

    def test_waits_for_the_buyer_who_may_still_pay(self, desk: Desk) -> None:
        checkout, key = desk.checkout(), a_key("cp")

        desk.double.need_action(checkout.ref)
        waiting = desk.gateway.complete_checkout(checkout.ref, key)
        books_while_waiting = desk.books()
        desk.double.pay(checkout.ref)
        payment = desk.gateway.complete_checkout(checkout.ref, key)

        assert (waiting.state, waiting.order_id) == (desk.able.waits_for_buyer, payment.order_id)
        assert (waiting.action_url or "").startswith("http")
        assert books_while_waiting == NOTHING
        assert payment.state is PayState.PAID
        assert desk.books() == {payment.price.currency: (payment.price.minor, 0)}


class TestPaying:
    def test_ends_paid_at_the_price_of_our_order(self, desk: Desk) -> None:
        purchase = desk.purchase()
        checkout = desk.gateway.create_checkout(purchase, a_key("co"))

        desk.double.pay(checkout.ref)
        payment = desk.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert (payment.state, payment.order_id, payment.price) == (PayState.PAID, purchase.order_id, purchase.price)
        assert (payment.checkout_ref, payment.decline) == (checkout.ref, None)
        assert payment.payment_ref == desk.double.payment_ref_of(checkout.ref)
        assert payment.refunded == Money(0, purchase.price.currency)
        assert abs(payment.at - datetime.now(UTC)) < timedelta(minutes=1)
        assert desk.books() == {purchase.price.currency: (purchase.price.minor, 0)}

    def test_is_told_alike_by_either_ref(self, desk: Desk) -> None:
        payment = desk.paid()
        assert payment.checkout_ref is not None

        assert desk.gateway.fetch_payment(payment.checkout_ref) == payment
        assert desk.gateway.fetch_payment(paid_ref(payment)) == payment

    @pytest.mark.parametrize("is_same_key", [True, False])
    def test_that_is_completed_twice_takes_the_money_once(self, desk: Desk, is_same_key: bool) -> None:
        checkout, key = desk.checkout(), a_key("cp")
        desk.double.pay(checkout.ref)

        first = desk.gateway.complete_checkout(checkout.ref, key)
        second = desk.gateway.complete_checkout(checkout.ref, key if is_same_key else a_key("cp"))

        assert first == second
        assert desk.books() == {first.price.currency: (first.price.minor, 0)}

    def test_that_is_completed_by_many_at_once_takes_the_money_once(self, desk: Desk) -> None:
        checkout = desk.checkout()
        desk.double.pay(checkout.ref)

        with ThreadPoolExecutor(8) as many:
            payments = list(many.map(lambda _: desk.gateway.complete_checkout(checkout.ref, a_key("cp")), range(8)))

        assert {(payment.state, payment.payment_ref) for payment in payments} == {
            (PayState.PAID, desk.double.payment_ref_of(checkout.ref))
        }
        assert desk.books() == {desk.able.price.currency: (desk.able.price.minor, 0)}


class TestCurrencies:
    @TAKEN
    def test_that_it_takes_arrive_and_go_back_to_the_last_digit(self, desk: Desk, price: Money) -> None:
        payment = desk.paid(price=price)
        refund = desk.gateway.refund(desk.refund_order(payment), a_key("rf"))

        assert (payment.state, payment.price, refund.amount) == (PayState.PAID, price, price)
        assert desk.books() == {price.currency: (price.minor, price.minor)}

    @REFUSED
    def test_that_it_does_not_take_are_refused_and_not_rounded(self, desk: Desk, price: Money) -> None:
        method = desk.saved_method()
        calls_before = desk.double.count("create_checkout")

        with pytest.raises(CallRefused) as by_checkout:
            desk.checkout(price=price)
        with pytest.raises(CallRefused) as by_charge:
            desk.gateway.charge_saved_method(desk.charge(method, price=price), a_key("ch"))

        assert by_checkout.value.code
        assert by_charge.value.code == by_checkout.value.code
        assert price.currency in str(by_checkout.value)
        assert desk.double.count("create_checkout") == calls_before
        assert desk.books() == NOTHING

    @CHECKING_CURRENCY
    def test_that_the_payment_was_not_made_in_are_not_given_back(self, desk: Desk) -> None:
        payment = desk.paid()
        order = replace(desk.refund_order(payment, 100), amount=Money(100, "EUR"))

        with pytest.raises(CallRefused):
            desk.gateway.refund(order, a_key("rf"))

        assert desk.books() == {payment.price.currency: (payment.price.minor, 0)}


class TestSavedMethod:
    def test_is_told_only_when_it_was_to_be_saved(self, desk: Desk) -> None:
        kept, forgotten = desk.paid(saves_method=True), desk.paid()

        assert forgotten.method is None
        assert kept.method is not None
        assert kept.method.token
        assert kept.method.label
        assert kept.method.expires_on is None or kept.method.expires_on > datetime.now(UTC).date()

    def test_is_of_the_same_customer_when_they_come_again(self, desk: Desk) -> None:
        first = desk.paid(saves_method=True)
        buyer = replace(BUYER, gateway_customer=first.gateway_customer)

        second = desk.paid(saves_method=True, buyer=buyer)

        assert second.method is not None
        assert second.gateway_customer == first.gateway_customer
        assert second.method.gateway_customer == second.gateway_customer

    def test_is_charged_without_the_buyer(self, desk: Desk) -> None:
        charge = desk.charge(desk.saved_method())

        payment = desk.gateway.charge_saved_method(charge, a_key("ch"))

        assert (payment.state, payment.order_id, payment.price) == (PayState.PAID, charge.order_id, charge.price)
        assert payment.decline is None
        assert desk.gateway.fetch_payment(paid_ref(payment)) == payment
        assert desk.books() == {charge.price.currency: (charge.price.minor, 0)}

    def test_is_charged_again_for_another_order(self, desk: Desk) -> None:
        method = desk.saved_method()

        first, second = (desk.gateway.charge_saved_method(desk.charge(method), a_key("ch")) for _ in range(2))

        assert first.payment_ref != second.payment_ref
        assert desk.books() == {desk.able.price.currency: (2 * desk.able.price.minor, 0)}

    def test_is_charged_once_for_one_key(self, desk: Desk) -> None:
        charge, key = desk.charge(desk.saved_method()), a_key("ch")

        first, second = (desk.gateway.charge_saved_method(charge, key) for _ in range(2))

        assert first == second
        assert desk.books() == {charge.price.currency: (charge.price.minor, 0)}

    def test_is_charged_once_for_one_key_by_many_at_once(self, desk: Desk) -> None:
        charge, key = desk.charge(desk.saved_method()), a_key("ch")

        with ThreadPoolExecutor(8) as many:
            payments = list(many.map(lambda _: desk.gateway.charge_saved_method(charge, key), range(8)))

        assert len({payment.payment_ref for payment in payments}) == 1
        assert desk.books() == {charge.price.currency: (charge.price.minor, 0)}

    @pytest.mark.parametrize("retry", [Retry.LATER, Retry.NEW_METHOD, Retry.NEVER])
    def test_that_is_declined_is_a_failed_payment_that_says_what_may_help(self, desk: Desk, retry: Retry) -> None:
        charge, code = desk.charge(desk.saved_method()), desk.able.declines[retry]
        desk.break_next("charge", Fault.DECLINE, code=code)

        payment = desk.gateway.charge_saved_method(charge, a_key("ch"))

        assert (payment.state, payment.order_id, payment.price) == (PayState.FAILED, charge.order_id, charge.price)
        assert payment.decline is not None
        assert (payment.decline.retry, payment.decline.code) == (retry, code)
        assert desk.books() == NOTHING

    def test_that_wants_the_buyer_is_no_money_and_says_so(self, desk: Desk) -> None:
        charge, (code, state) = desk.charge(desk.saved_method()), desk.able.asks_buyer
        desk.break_next("charge", Fault.DECLINE, code=code)

        payment = desk.gateway.charge_saved_method(charge, a_key("ch"))

        assert (payment.state, payment.order_id) == (state, charge.order_id)
        assert payment.decline is not None
        assert (payment.decline.retry, payment.decline.code) == (Retry.CUSTOMER_ACTION, code)
        assert desk.books() == NOTHING

    def test_that_was_declined_may_pay_by_the_next_attempt(self, desk: Desk) -> None:
        charge = desk.charge(desk.saved_method())
        desk.break_next("charge", Fault.DECLINE, code=desk.able.declines[Retry.LATER])
        desk.gateway.charge_saved_method(charge, a_key("ch"))

        payment = desk.gateway.charge_saved_method(replace(charge, attempt=2), a_key("ch"))

        assert payment.state is PayState.PAID
        assert desk.books() == {charge.price.currency: (charge.price.minor, 0)}

    def test_that_is_gone_wants_a_new_one(self, desk: Desk) -> None:
        method = replace(desk.saved_method(), token=desk.able.unknown_ref)

        payment = desk.gateway.charge_saved_method(desk.charge(method), a_key("ch"))

        assert payment.state is PayState.FAILED
        assert payment.decline is not None
        assert payment.decline.retry is Retry.NEW_METHOD
        assert desk.books() == NOTHING


class TestRefund:
    def test_of_a_part_and_then_of_the_rest_adds_up(self, desk: Desk) -> None:
        payment = desk.paid()
        price, currency = payment.price.minor, payment.price.currency
        order = desk.refund_order(payment, price // 3)

        part = desk.gateway.refund(order, a_key("rf"))
        books_of_part, seen_after_part = desk.books(), desk.gateway.fetch_payment(paid_ref(payment))
        rest = desk.gateway.refund(desk.refund_order(payment, price - price // 3), a_key("rf"))
        seen = desk.gateway.fetch_payment(paid_ref(payment))

        assert (part.state, part.amount, part.failure) == (RefundState.SUCCEEDED, order.amount, None)
        assert (part.payment_ref, part.refund_id) == (payment.payment_ref, order.refund_id)
        assert books_of_part == {currency: (price, price // 3)}
        assert (seen_after_part.state, seen_after_part.refunded) == (PayState.PAID, order.amount)
        assert rest.ref != part.ref
        assert desk.books() == {currency: (price, price)}
        # What was paid stays paid; only what was given back has grown.
        assert seen == replace(payment, refunded=payment.price)

    def test_of_equal_parts_are_two(self, desk: Desk) -> None:
        payment = desk.paid()

        first, second = (desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf")) for _ in range(2))

        assert first.ref != second.ref
        assert desk.books() == {payment.price.currency: (payment.price.minor, 200)}

    def test_is_found_again_by_its_ref(self, desk: Desk) -> None:
        refund = desk.gateway.refund(desk.refund_order(desk.paid(), 100), a_key("rf"))

        assert desk.gateway.fetch_refund(refund.ref) == refund

    def test_of_a_charge_without_the_buyer_goes_alike(self, desk: Desk) -> None:
        payment = desk.gateway.charge_saved_method(desk.charge(desk.saved_method()), a_key("ch"))

        refund = desk.gateway.refund(desk.refund_order(payment), a_key("rf"))

        assert (refund.state, refund.amount) == (RefundState.SUCCEEDED, payment.price)
        assert desk.books() == {payment.price.currency: (payment.price.minor, payment.price.minor)}

    def test_is_one_for_one_key(self, desk: Desk) -> None:
        payment, key = desk.paid(), a_key("rf")
        order = desk.refund_order(payment, 100)

        first, second = (desk.gateway.refund(order, key) for _ in range(2))

        assert first == second
        assert desk.books() == {payment.price.currency: (payment.price.minor, 100)}

    def test_is_one_for_one_key_by_many_at_once(self, desk: Desk) -> None:
        payment, key = desk.paid(), a_key("rf")
        order = desk.refund_order(payment, 100)

        with ThreadPoolExecutor(8) as many:
            refs = set(many.map(lambda _: desk.gateway.refund(order, key).ref, range(8)))

        assert len(refs) == 1
        assert desk.books() == {payment.price.currency: (payment.price.minor, 100)}

    def test_is_not_changed_by_its_key_with_another_amount(self, desk: Desk) -> None:
        payment, key = desk.paid(), a_key("rf")
        order = desk.refund_order(payment, 100)
        desk.gateway.refund(order, key)

        with pytest.raises(GatewayError):
            desk.gateway.refund(replace(order, amount=Money(200, payment.price.currency)), key)

        assert desk.books() == {payment.price.currency: (payment.price.minor, 100)}

    @pytest.mark.parametrize("too_much_minor", [1, 10_000])
    def test_of_more_than_is_left_is_refused(self, desk: Desk, too_much_minor: int) -> None:
        payment = desk.paid()
        price, currency = payment.price.minor, payment.price.currency
        desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        with pytest.raises(CallRefused):
            desk.gateway.refund(desk.refund_order(payment, price - 100 + too_much_minor), a_key("rf"))

        assert desk.books() == {currency: (price, 100)}

    def test_of_what_was_given_back_already_is_refused(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.gateway.refund(desk.refund_order(payment), a_key("rf"))

        with pytest.raises(CallRefused):
            desk.gateway.refund(desk.refund_order(payment, 1), a_key("rf"))

        assert desk.books() == {payment.price.currency: (payment.price.minor, payment.price.minor)}

    def test_of_a_payment_that_is_none_is_refused(self, desk: Desk) -> None:
        payment = replace(desk.paid(), payment_ref=desk.able.unknown_ref)

        with pytest.raises(CallRefused):
            desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        assert desk.books() == {payment.price.currency: (payment.price.minor, 0)}


class TestRefundThatIsHeld:
    @pytest.mark.parametrize(
        ("succeeded", "state", "moved_minor"), [(True, RefundState.SUCCEEDED, 100), (False, RefundState.FAILED, 0)]
    )
    def test_is_pending_until_it_is_settled(
        self, desk: Desk, succeeded: bool, state: RefundState, moved_minor: int
    ) -> None:
        payment = desk.paid()
        desk.double.hold_refunds = True

        held = desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))
        seen_before, books_before = desk.gateway.fetch_refund(held.ref), desk.books()
        desk.double.settle_refund(held.ref, succeeded=succeeded)
        settled = desk.gateway.fetch_refund(held.ref)

        assert (held.state, seen_before.state) == (RefundState.PENDING, RefundState.PENDING)
        assert books_before == {payment.price.currency: (payment.price.minor, 0)}
        assert settled.state is state
        assert (settled.refund_id, settled.amount) == (held.refund_id, held.amount)
        assert (settled.failure is None) == succeeded
        assert desk.books() == {payment.price.currency: (payment.price.minor, moved_minor)}

    def test_counts_as_gone_meanwhile(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.double.hold_refunds = True
        desk.gateway.refund(desk.refund_order(payment), a_key("rf"))

        with pytest.raises(CallRefused):
            desk.gateway.refund(desk.refund_order(payment, 1), a_key("rf"))

    def test_leaves_its_money_to_the_next_one_if_it_fails(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.double.hold_refunds = True
        failed = desk.gateway.refund(desk.refund_order(payment), a_key("rf"))
        desk.double.settle_refund(failed.ref, succeeded=False)
        desk.double.hold_refunds = False

        refund = desk.gateway.refund(desk.refund_order(payment), a_key("rf"))

        assert refund.state is RefundState.SUCCEEDED
        assert desk.books() == {payment.price.currency: (payment.price.minor, payment.price.minor)}


class TestRefundByHand:
    @pytest.mark.parametrize("is_part", [True, False])
    def test_is_looked_up_and_has_no_id_of_ours(self, desk: Desk, is_part: bool) -> None:
        payment = desk.paid()
        minor = 100 if is_part else payment.price.minor

        ref = desk.double.refund_from_dashboard(paid_ref(payment), 100 if is_part else None)
        refund = desk.gateway.fetch_refund(ref)

        assert (refund.ref, refund.payment_ref, refund.refund_id) == (ref, payment.payment_ref, None)
        assert (refund.state, refund.amount) == (RefundState.SUCCEEDED, Money(minor, payment.price.currency))
        assert desk.gateway.fetch_payment(paid_ref(payment)).refunded == refund.amount

    def test_leaves_less_for_us(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.double.refund_from_dashboard(paid_ref(payment), 100)

        with pytest.raises(CallRefused):
            desk.gateway.refund(desk.refund_order(payment), a_key("rf"))

        assert desk.books() == {payment.price.currency: (payment.price.minor, 100)}


class TestRecent:
    def test_has_payments_and_refunds_with_our_ids(self, desk: Desk) -> None:
        payment = desk.paid(saves_method=True)
        assert payment.method is not None
        charged = desk.gateway.charge_saved_method(desk.charge(payment.method), a_key("ch"))
        refund = desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))
        by_hand = desk.double.refund_from_dashboard(paid_ref(charged), 100)

        found = list(desk.gateway.list_recent(desk.began, datetime.now(UTC)))

        order_ids = {one.payment_ref: one.order_id for one in found if isinstance(one, Payment)}
        assert order_ids[payment.payment_ref] == payment.order_id
        assert order_ids[charged.payment_ref] == charged.order_id
        refund_ids = {one.ref: one.refund_id for one in found if isinstance(one, Refund)}
        assert refund_ids[refund.ref] == refund.refund_id
        assert refund_ids[by_hand] is None

    def test_has_a_payment_whose_webhook_was_lost(self, desk: Desk) -> None:
        checkout = desk.checkout()
        desk.double.pay(checkout.ref)

        found = list(desk.gateway.list_recent(desk.began, datetime.now(UTC)))

        seen = [one for one in found if isinstance(one, Payment) and one.checkout_ref == checkout.ref]
        assert {one.state for one in seen} == {desk.able.once_paid}
        assert seen[0] == desk.gateway.fetch_payment(checkout.ref)

    def test_tells_what_a_look_tells(self, desk: Desk) -> None:
        payment = desk.paid()
        refund = desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        found = list(desk.gateway.list_recent(desk.began, datetime.now(UTC)))

        assert desk.gateway.fetch_payment(paid_ref(payment)) in found
        assert refund in found

    @pytest.mark.parametrize("days", [-2, 2])
    def test_keeps_to_its_period(self, desk: Desk, days: int) -> None:
        desk.double.refund_from_dashboard(paid_ref(desk.paid()), 100)
        since = desk.began + days * DAY

        assert list(desk.gateway.list_recent(since, since + DAY)) == []

    def test_that_gets_no_answer_is_no_empty_list(self, desk: Desk) -> None:
        desk.paid()
        desk.break_next(desk.able.lists_by, Fault.HTML)

        with pytest.raises(UnableToReach):
            list(desk.gateway.list_recent(desk.began, datetime.now(UTC)))


class TestUnknownRef:
    @pytest.mark.parametrize("ref", [None, *ODD_REFS])
    def test_is_not_found(self, desk: Desk, ref: str | None) -> None:
        asked = desk.able.unknown_ref if ref is None else ref

        for look in (desk.gateway.fetch_payment, desk.gateway.fetch_refund):
            with pytest.raises(NotFound):
                look(asked)
        with pytest.raises(NotFound):
            desk.gateway.complete_checkout(asked, a_key("cp"))

    @DISPUTING
    @pytest.mark.parametrize("ref", [None, *ODD_REFS])
    def test_is_no_dispute_either(self, desk: Desk, ref: str | None) -> None:
        with pytest.raises(NotFound):
            desk.gateway.fetch_dispute(desk.able.unknown_ref if ref is None else ref)


class TestUnclearAnswer:
    @pytest.mark.parametrize("fault", UNCLEAR)
    def test_to_a_checkout_is_asked_for_again_by_the_key(self, desk: Desk, fault: Fault) -> None:
        purchase, key = desk.purchase(), a_key("co")
        desk.break_next("create_checkout", fault)

        with pytest.raises(UnableToReach):
            desk.gateway.create_checkout(purchase, key)
        first, second = (desk.gateway.create_checkout(purchase, key) for _ in range(2))

        assert first == second
        assert desk.gateway.fetch_payment(first.ref).order_id == purchase.order_id

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_to_completing_has_taken_nothing(self, desk: Desk, fault: Fault) -> None:
        checkout, price = desk.checkout(), desk.able.price
        desk.double.pay(checkout.ref)
        desk.break_next(desk.able.completes_by, fault)

        with pytest.raises(UnableToReach):
            desk.gateway.complete_checkout(checkout.ref, a_key("cp"))

        taken_by_itself = {price.currency: (price.minor, 0)}
        assert desk.books() == {PayState.PAID: taken_by_itself, PayState.APPROVED: NOTHING}[desk.able.once_paid]

    @pytest.mark.parametrize("fault", UNCLEAR)
    def test_to_completing_is_asked_for_again_and_takes_the_money_once(self, desk: Desk, fault: Fault) -> None:
        checkout, key = desk.checkout(), a_key("cp")
        desk.double.pay(checkout.ref)
        desk.break_next(desk.able.completes_by, fault)

        with pytest.raises(UnableToReach):
            desk.gateway.complete_checkout(checkout.ref, key)
        payment = desk.gateway.complete_checkout(checkout.ref, key)

        assert payment.state is PayState.PAID
        assert desk.books() == {payment.price.currency: (payment.price.minor, 0)}

    @pytest.mark.parametrize(
        ("fault", "done"), [(Fault.ERROR_BEFORE, False), (Fault.HTML, False), (Fault.ERROR_AFTER_COMMIT, True)]
    )
    def test_to_a_charge_is_asked_for_again_and_takes_the_money_once(
        self, desk: Desk, fault: Fault, done: bool
    ) -> None:
        charge, key = desk.charge(desk.saved_method()), a_key("ch")
        once = {charge.price.currency: (charge.price.minor, 0)}
        desk.break_next("charge", fault)

        with pytest.raises(UnableToReach):
            desk.gateway.charge_saved_method(charge, key)
        books_while_unclear = desk.books()
        payment = desk.gateway.charge_saved_method(charge, key)

        assert books_while_unclear == (once if done else NOTHING)
        assert payment.state is PayState.PAID
        assert desk.books() == once

    @pytest.mark.parametrize(
        ("fault", "done_minor"), [(Fault.ERROR_BEFORE, 0), (Fault.HTML, 0), (Fault.ERROR_AFTER_COMMIT, 100)]
    )
    def test_to_a_refund_is_asked_for_again_and_gives_the_money_back_once(
        self, desk: Desk, fault: Fault, done_minor: int
    ) -> None:
        payment, key = desk.paid(), a_key("rf")
        price, currency = payment.price.minor, payment.price.currency
        order = desk.refund_order(payment, 100)
        desk.break_next("refund", fault)

        with pytest.raises(UnableToReach):
            desk.gateway.refund(order, key)
        books_while_unclear = desk.books()
        refund = desk.gateway.refund(order, key)

        assert books_while_unclear == {currency: (price, done_minor)}
        assert (refund.state, refund.refund_id) == (RefundState.SUCCEEDED, order.refund_id)
        assert desk.books() == {currency: (price, 100)}

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_to_a_look_is_not_a_no(self, desk: Desk, fault: Fault) -> None:
        payment = desk.paid()
        desk.break_next("fetch", fault)

        with pytest.raises(UnableToReach):
            desk.gateway.fetch_payment(paid_ref(payment))

        assert desk.gateway.fetch_payment(paid_ref(payment)) == payment


class TestNobodyThere:
    def test_is_an_unclear_answer(self, desk: Desk) -> None:
        with desk.able.new_double() as gone:
            settings = settings_of(desk.able, gone.settings())
        lonely = replace(desk, gateway=desk.able.opening.open_gateway(settings))

        with pytest.raises(UnableToReach):
            lonely.checkout()
        with pytest.raises(UnableToReach):
            lonely.gateway.fetch_payment(desk.able.unknown_ref)


@DISPUTING
class TestDispute:
    @pytest.mark.parametrize(("won", "state"), [(True, DisputeState.WON), (False, DisputeState.LOST)])
    def test_is_open_and_then_decided(self, desk: Desk, won: bool, state: DisputeState) -> None:
        payment = desk.paid()

        ref = desk.disputing.open_dispute(paid_ref(payment))
        first = desk.gateway.fetch_dispute(ref)
        desk.disputing.close_dispute(ref, won=won)
        second = desk.gateway.fetch_dispute(ref)

        assert (first.ref, first.payment_ref, first.amount) == (ref, payment.payment_ref, payment.price)
        assert (first.state, second.state) == (DisputeState.OPEN, state)
        assert first.reason
        assert (second.ref, second.payment_ref) == (ref, payment.payment_ref)

    def test_keeps_us_from_giving_a_part_back_besides(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.disputing.open_dispute(paid_ref(payment))

        with pytest.raises(CallRefused):
            desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        assert desk.books() == {payment.price.currency: (payment.price.minor, 0)}

    @pytest.mark.parametrize("won", [True, False])
    def test_is_what_its_webhooks_are_about(self, desk: Desk, won: bool) -> None:
        payment = desk.paid()
        desk.forget()

        ref = desk.disputing.open_dispute(paid_ref(payment))
        desk.disputing.close_dispute(ref, won=won)
        hints = desk.hints()

        assert {(hint.subject, hint.ref) for hint in hints} == {(Subject.DISPUTE, ref)}
        assert len({hint.dedupe_key for hint in hints}) == len(hints) >= 2


@WITHOUT_DISPUTES
class TestNoDisputes:
    @pytest.mark.parametrize("ref", ["1", ""])
    def test_is_said_plainly(self, desk: Desk, ref: str) -> None:
        with pytest.raises(CallRefused):
            desk.gateway.fetch_dispute(ref)


class TestWebhook:
    def test_leads_to_the_payment_and_to_the_refund(self, desk: Desk) -> None:
        payment = desk.paid(saves_method=True)
        refund = desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        hints = desk.hints()
        seen = [desk.looked_up(hint) for hint in hints]

        assert {one.order_id for one in seen if isinstance(one, Payment)} == {payment.order_id}
        assert {one.state for one in seen if isinstance(one, Payment)} == {PayState.PAID}
        assert {one.ref: one.refund_id for one in seen if isinstance(one, Refund)} == {refund.ref: refund.refund_id}

    def test_tells_that_the_buyer_has_paid_before_we_ask(self, desk: Desk) -> None:
        checkout = desk.checkout()
        desk.double.pay(checkout.ref)

        seen = [desk.looked_up(hint) for hint in desk.hints()]

        assert {(one.checkout_ref, one.state) for one in seen if isinstance(one, Payment)} == {
            (checkout.ref, desk.able.once_paid)
        }

    def test_of_a_declined_checkout_leads_to_it(self, desk: Desk) -> None:
        checkout = desk.checkout()
        desk.double.decline(checkout.ref, desk.able.page_decline[0])

        seen = [desk.looked_up(hint) for hint in desk.hints()]

        assert {one.checkout_ref for one in seen if isinstance(one, Payment)} == {checkout.ref}
        assert PayState.PAID not in {one.state for one in seen}

    def test_leads_to_a_refund_by_hand_and_to_a_charge(self, desk: Desk) -> None:
        payment = desk.gateway.charge_saved_method(desk.charge(desk.saved_method()), a_key("ch"))
        ref = desk.double.refund_from_dashboard(paid_ref(payment))

        seen = [desk.looked_up(hint) for hint in desk.hints()]

        assert {one.payment_ref for one in seen if isinstance(one, Payment)} == {payment.payment_ref}
        assert {one.ref for one in seen if isinstance(one, Refund)} == {ref}

    def test_names_itself_and_is_the_same_whenever_it_comes(self, desk: Desk) -> None:
        payment = desk.paid(saves_method=True)
        desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))
        desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        first, again = desk.hints(), desk.hints()

        assert first == again
        assert all(0 < len(hint.dedupe_key) <= 128 for hint in first)
        assert {hint.gateway for hint in first} == {desk.able.name}
        assert {hint.is_signed for hint in first} == {bool(desk.able.signed_by)}
        keys = [hint.dedupe_key for hint in first]
        assert len(set(keys)) == len(keys)

    def test_is_read_without_any_secret_that_could_move_money(self, desk: Desk) -> None:
        values = {name: value for name, value in desk.double.settings().items() if name != desk.able.money_secret}
        desk.paid()

        reader = desk.able.opening.open_reader(settings_of(desk.able, values))

        assert [desk.read(webhook, reader=reader) for webhook in desk.webhooks()] == [
            desk.read(webhook) for webhook in desk.webhooks()
        ]
        assert desk.hints()

    def test_of_another_installation_is_not_believed(self, desk: Desk) -> None:
        settings = settings_of(desk.able, desk.double.settings() | dict(desk.able.foreign_reader))
        stranger = desk.able.opening.open_reader(settings)
        desk.paid()

        for webhook in desk.webhooks():
            with pytest.raises(Unverified):
                desk.read(webhook, reader=stranger)
        assert desk.hints()

    @pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"\xff\xfe", b"{}", b"[" * 50_000])
    def test_that_says_nothing_is_not_believed(self, desk: Desk, body: bytes) -> None:
        desk.paid()

        with pytest.raises(Unverified):
            desk.read(desk.webhooks()[0], body=body)


@SIGNING
class TestForgedWebhook:
    @pytest.mark.parametrize("place", [0.0, 0.25, 0.5, 0.75, 1.0])
    def test_with_one_byte_changed_is_not_believed(self, desk: Desk, place: float) -> None:
        desk.paid()

        for webhook in desk.webhooks():
            at = round(place * (len(webhook.body) - 1))
            forged = webhook.body[:at] + bytes([webhook.body[at] ^ 1]) + webhook.body[at + 1 :]
            with pytest.raises(Unverified):
                desk.read(webhook, body=forged)
        assert desk.hints()

    def test_with_the_signature_of_another_one_is_not_believed(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))
        first, *_, last = desk.webhooks()

        with pytest.raises(Unverified):
            desk.read(first, headers=lowered(last.headers))

    def test_without_its_headers_is_not_believed(self, desk: Desk) -> None:
        desk.paid()

        for webhook in desk.webhooks():
            headers = lowered(webhook.headers)
            for name in desk.able.signed_by:
                with pytest.raises(Unverified):
                    desk.read(webhook, headers={key: text for key, text in headers.items() if key != name})
        assert desk.hints()


@UNSIGNED
class TestForeignWebhook:
    @pytest.mark.parametrize("peer", ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1", "", "127.0.0.1, 203.0.113.7"])
    def test_is_not_believed_whatever_its_headers_say(self, desk: Desk, peer: str) -> None:
        desk.paid()

        for webhook in desk.webhooks():
            with pytest.raises(ForeignAddress):
                desk.read(webhook, peer=peer, headers={"x-forwarded-for": PEER, "x-real-ip": PEER})
        assert desk.hints()
