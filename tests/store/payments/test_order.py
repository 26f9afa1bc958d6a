"""Orders: what is kept is what is found, refs stay, and a payment has one order."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from domain.gateway.payment import Checkout, PaymentStatus, SavedMethod
from domain.money import Money
from store.engine import Engine
from store.payments.method import save_method
from store.payments.order import (
    add_order,
    find_open_orders,
    find_order,
    find_order_id,
    find_order_of,
    mark_called,
    mark_for_review,
    mark_polled,
    save_checkout,
)
from store.reading import reading
from store.transaction import transaction
from tests.store.payments.ordering import MINUTE, NOW, found, order, payment, select, settle, stocked

GATEWAYS = ("stripe", "paypal")
CHECKOUT = Checkout("co_1", "https://pay.example/co_1", NOW + timedelta(hours=1))


class TestAddOrder:
    def test_is_found_as_it_was_given(self, engine: Engine) -> None:
        wanted = order(price=Money(2_501, "KWD"), valid_days=30, saves_method=True, title="Стандартный", locale="ru-RU")
        stocked(engine, wanted)

        assert found(engine) == wanted

    def test_is_not_written_twice(self, engine: Engine) -> None:
        stocked(engine, order())

        with pytest.raises(IntegrityError, match="orders_pkey"), transaction(engine) as session:
            add_order(session, order(title="another"))

    def test_of_an_unknown_id_is_none(self, engine: Engine) -> None:
        with reading(engine) as session:
            assert find_order(session, "nothing") is None
            assert find_order(session, "nothing", locks=True) is None


class TestFindOrderId:
    @pytest.fixture
    def shop(self, engine: Engine) -> Engine:
        """Two orders at one gateway and one at another; `o` has a checkout, `p` a payment too."""
        stocked(engine, order("o"), order("p"), order("q", gateway="paypal"))
        with transaction(engine) as session:
            save_checkout(session, "o", CHECKOUT, at=NOW)
            settle(session, "p", PaymentStatus.PAID, payment=payment(checkout_ref="co_2", payment_ref="pi_2"))
            save_checkout(session, "q", CHECKOUT, at=NOW)
        return engine

    @pytest.mark.parametrize(
        ("gateway", "order_id", "refs", "expected"),
        [
            ("stripe", "o", (), "o"),
            ("stripe", None, ("co_1",), "o"),
            ("stripe", None, ("co_2",), "p"),
            ("stripe", None, ("pi_2",), "p"),
            ("stripe", None, (None, "pi_2"), "p"),
            ("paypal", None, ("co_1",), "q"),
            ("paypal", None, ("pi_2",), None),
            ("paypal", "o", (), None),
            ("stripe", None, (), None),
            ("stripe", None, (None, None), None),
            ("stripe", None, ("",), None),
            ("stripe", "elsewhere", ("unknown",), None),
            ("stripe", "elsewhere", ("co_1",), "o"),
            ("stripe", "p", ("co_1",), "p"),
            ("yookassa", "o", ("co_1", "pi_2"), None),
        ],
    )
    def test_is_found_by_our_id_first_and_within_its_gateway(
        self, shop: Engine, gateway: str, order_id: str | None, refs: tuple[str | None, ...], expected: str | None
    ) -> None:
        with reading(shop) as session:
            assert find_order_id(session, gateway, order_id=order_id, refs=refs) == expected

    def test_is_found_for_a_payment(self, shop: Engine) -> None:
        with reading(shop) as session:
            ours = find_order_of(session, "stripe", payment(order_id="p", checkout_ref=None, payment_ref="new"))
            by_checkout = find_order_of(session, "stripe", payment(payment_ref="new"))
            by_payment = find_order_of(session, "stripe", payment(checkout_ref=None, payment_ref="pi_2"))
            foreign = find_order_of(session, "stripe", payment(checkout_ref="co_9", payment_ref=None))

        assert (ours, by_checkout, by_payment, foreign) == ("p", "o", "p", None)


class TestKeepNews:
    def test_keeps_what_was_paid_and_granted(self, engine: Engine) -> None:
        stocked(engine, order())

        with transaction(engine) as session:
            settle(session, "o", PaymentStatus.PAID)

        kept = found(engine)
        assert (kept.status, kept.checkout_ref, kept.payment_ref, kept.paid_at) == (
            PaymentStatus.PAID,
            "co_1",
            "pi_1",
            NOW + MINUTE,
        )
        assert select(engine, "SELECT package_id FROM orders") == [("o-package",)]

    def test_keeps_the_payment_that_paid_rather_than_one_that_failed(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            failed = payment(PaymentStatus.FAILED, payment_ref="pi_failed")
            settle(session, "o", PaymentStatus.FAILED, payment=failed, failure="insufficient_funds")

        with transaction(engine) as session:
            settle(session, "o", PaymentStatus.PAID)

        assert found(engine).payment_ref == "pi_1"

    def test_never_changes_the_payment_of_a_paid_order(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            settle(session, "o", PaymentStatus.PAID)

        with transaction(engine) as session:
            later = payment(payment_ref="pi_2", checkout_ref="co_2", at=NOW + 2 * MINUTE)
            settle(session, "o", PaymentStatus.PAID, payment=later)

        kept = found(engine)
        assert (kept.payment_ref, kept.checkout_ref, kept.paid_at) == ("pi_1", "co_1", NOW + MINUTE)

    def test_keeps_the_ref_of_the_checkout_that_was_opened(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            save_checkout(session, "o", CHECKOUT, at=NOW)
            settle(session, "o", PaymentStatus.APPROVED, payment=payment(PaymentStatus.APPROVED, checkout_ref=None))

        assert found(engine).checkout_ref == "co_1"

    def test_keeps_why_it_failed_until_something_else_is_known(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            settle(session, "o", PaymentStatus.FAILED, failure="insufficient_funds")
            settle(session, "o", PaymentStatus.EXPIRED, payment=None)

        assert (found(engine).status, found(engine).failure) == (PaymentStatus.EXPIRED, "insufficient_funds")

    def test_needs_no_payment_for_what_was_given_up(self, engine: Engine) -> None:
        stocked(engine, order())

        with transaction(engine) as session:
            settle(session, "o", PaymentStatus.EXPIRED, payment=None, failure="abandoned")

        kept = found(engine)
        assert (kept.status, kept.payment_ref, kept.paid_at, kept.failure) == (
            PaymentStatus.EXPIRED,
            None,
            None,
            "abandoned",
        )

    def test_forgets_why_it_failed_once_it_is_paid(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            settle(session, "o", PaymentStatus.FAILED, failure="insufficient_funds")
            settle(session, "o", PaymentStatus.PAID)

        assert found(engine).failure is None

    def test_of_one_payment_for_two_orders_is_impossible(self, engine: Engine) -> None:
        stocked(engine, order("o"), order("p"))
        with transaction(engine) as session:
            settle(session, "o", PaymentStatus.PAID)

        with pytest.raises(IntegrityError, match="orders_payment"), transaction(engine) as session:
            settle(session, "p", PaymentStatus.PAID, payment=payment(checkout_ref="co_2"))

        assert found(engine, "p").status is PaymentStatus.PENDING


class TestCalls:
    def test_are_dated_by_the_first_with_a_key(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            mark_called(session, "o", at=NOW)
            mark_called(session, "o", at=NOW + MINUTE)

        assert found(engine).called_at == NOW

    def test_keep_the_checkout(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            save_checkout(session, "o", CHECKOUT, at=NOW)

        kept = found(engine)
        assert Checkout(str(kept.checkout_ref), str(kept.redirect_url), kept.checkout_expires_at) == CHECKOUT


class TestOpenOrders:
    @pytest.fixture
    def shop(self, engine: Engine) -> Engine:
        """Orders in every state, looked at one minute after another; one more is in question."""
        states = [PaymentStatus.APPROVED, PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED]
        ended = [PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.EXPIRED]
        stocked(engine, *(order(state) for state in [*states, *ended, "in question"]))
        with transaction(engine) as session:
            for minute, state in enumerate([*states, *ended]):
                told = payment(state, checkout_ref=None, payment_ref=None)
                settle(session, state, state, payment=told, at=NOW + minute * MINUTE)
                mark_polled(session, state, at=NOW + minute * MINUTE)
            mark_for_review(session, "in question", "why?", at=NOW - MINUTE)
        return engine

    def _open(
        self, engine: Engine, *, minutes: int, limit: int = 10, gateways: tuple[str, ...] = GATEWAYS
    ) -> list[str]:
        with reading(engine) as session:
            rows = find_open_orders(session, gateways=gateways, before=NOW + minutes * MINUTE, limit=limit)
        assert {gateway for _, gateway in rows} <= {"stripe"}
        return [order_id for order_id, _ in rows]

    def test_are_those_whose_money_may_come_the_longest_waiting_first(self, shop: Engine) -> None:
        assert self._open(shop, minutes=60) == ["approved", "pending", "action_required"]

    def test_are_not_those_that_were_just_looked_at(self, shop: Engine) -> None:
        assert self._open(shop, minutes=1) == ["approved"]
        assert self._open(shop, minutes=0) == []

    def test_are_a_chunk_at_a_time(self, shop: Engine) -> None:
        assert self._open(shop, minutes=60, limit=2) == ["approved", "pending"]

    def test_are_those_of_gateways_that_can_be_asked(self, shop: Engine) -> None:
        assert self._open(shop, minutes=60, gateways=("paypal",)) == []
        assert self._open(shop, minutes=60, gateways=()) == []

    def test_give_others_their_turn_once_looked_at(self, shop: Engine) -> None:
        with transaction(shop) as session:
            mark_polled(session, "approved", at=NOW + 30 * MINUTE)

        assert self._open(shop, minutes=60) == ["pending", "action_required", "approved"]

    def test_are_not_those_that_a_person_looks_at(self, shop: Engine) -> None:
        kept = found(shop, "in question")

        assert (kept.needs_review, kept.failure) == (True, "why?")
        assert "in question" not in self._open(shop, minutes=60)


class TestSavedMethod:
    def test_keeps_a_method_once_with_its_newest_label(self, engine: Engine) -> None:
        stocked(engine)
        with transaction(engine) as session:
            save_method(session, "a", "stripe", SavedMethod("t", "cus_1", "Visa *4242"))
            save_method(session, "a", "stripe", SavedMethod("t", "cus_1", "Visa *1111"))
            save_method(session, "a", "paypal", SavedMethod("t", None, "PayPal"))

        rows = select(engine, "SELECT gateway, token, gateway_customer, label FROM saved_method ORDER BY id")
        assert rows == [("stripe", "t", "cus_1", "Visa *1111"), ("paypal", "t", None, "PayPal")]

    def test_never_gets_the_method_of_another(self, engine: Engine) -> None:
        stocked(engine)
        with transaction(engine) as session:
            save_method(session, "a", "stripe", SavedMethod("t", "cus_1", "Visa *4242"))
            save_method(session, "b", "stripe", SavedMethod("t", "cus_2", "Visa *4242"))

        assert select(engine, "SELECT account_id, gateway_customer FROM saved_method") == [("a", "cus_1")]
