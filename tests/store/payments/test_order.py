"""Orders: what is saved is what is found, refs stay, and a payment has one order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from domain.gateway.decline import Retry
from domain.gateway.payment import Checkout, PaymentStatus, SavedMethod
from domain.ids import package_id_of_order
from domain.money import Money
from domain.payments.attempt import AttemptOutcome, PaymentAttempt
from domain.payments.order import Order, PurchaseKind
from domain.payments.order_update import with_checkout
from domain.payments.refund import RefundStatus
from store.engine import Engine, Session
from store.payments.attempt import add_attempt
from store.payments.method import save_method
from store.payments.order import (
    add_order,
    find_open_orders,
    find_order,
    find_order_key,
    has_bought,
    lock_order,
    mark_polled,
    save_order,
)
from store.payments.refund import add_refund
from store.reading import reading
from store.transaction import transaction
from tests.store.blocking import wait_until_blocked
from tests.store.payments.ordering import MINUTE, NOW, filled, found, order, payment, refund, review, select, update

GATEWAYS = ("stripe", "paypal")
CHECKOUT = Checkout("co_1", "https://pay.example/co_1", NOW + timedelta(hours=1))


DECLINED = AttemptOutcome.DECLINED


def open_checkout(session: Session, order_id: str) -> None:
    """Save that the checkout of an order is open."""
    before = lock_order(session, order_id)
    assert before is not None
    save_order(session, with_checkout(before, CHECKOUT, at=NOW), before=before)


class TestAddOrder:
    def test_is_found_as_it_was_given(self, engine: Engine) -> None:
        wanted = order(price=Money(2_501, "KWD"), valid_days=30, saves_method=True, title="Стандартный", locale="ru-RU")
        filled(engine, wanted)

        assert found(engine) == wanted

    def test_is_not_written_twice(self, engine: Engine) -> None:
        filled(engine, order())

        with pytest.raises(IntegrityError, match="orders_pkey"), transaction(engine) as session:
            add_order(session, order(title="another"))

    def test_of_an_unknown_id_is_none(self, engine: Engine) -> None:
        with transaction(engine) as session:
            assert find_order(session, "nothing") is None
            assert lock_order(session, "nothing") is None


class TestFindOrderKey:
    @pytest.fixture
    def shop(self, engine: Engine) -> Engine:
        """Two orders at one gateway and one at another; `o` has a checkout, `p` a payment too."""
        filled(engine, order("o"), order("p"), order("q", gateway="paypal"))
        with transaction(engine) as session:
            open_checkout(session, "o")
            update(session, "p", PaymentStatus.PAID, payment=payment(checkout_ref="co_2", payment_ref="pi_2"))
            open_checkout(session, "q")
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
            found = find_order_key(session, order_id, gateway=gateway, refs=refs)

        assert (found.id if found else None) == expected

    def test_is_found_by_our_id_alone_with_its_account(self, shop: Engine) -> None:
        with reading(shop) as session:
            assert find_order_key(session, "q") == ("q", "a")
            assert find_order_key(session, refs=("co_1",)) is None


class TestLockOrder:
    def test_waits_and_then_sees_the_package_that_was_granted_meanwhile(self, engine: Engine) -> None:
        filled(engine, order())

        def lock() -> Order | None:
            with transaction(engine) as session:
                return lock_order(session, "o")

        with ThreadPoolExecutor(1) as other:
            with transaction(engine) as session:
                update(session, "o", PaymentStatus.PAID)
                second = other.submit(lock)
                wait_until_blocked(engine)
            locked = second.result(timeout=5)

        assert locked is not None
        assert (locked.status, locked.package_id) == (PaymentStatus.PAID, package_id_of_order("o"))


class TestSaveOrder:
    def test_refuses_a_package_that_is_not_there(self, engine: Engine) -> None:
        filled(engine, order())

        with pytest.raises(IntegrityError, match="orders_paid_is_granted"), transaction(engine) as session:
            before = lock_order(session, "o")
            assert before is not None
            paid = replace(before, status=PaymentStatus.PAID, paid_at=NOW, recorded_at=NOW)
            save_order(session, replace(paid, package_id=package_id_of_order("o")), before=before)

    def test_saves_all_of_it_and_of_no_other(self, engine: Engine) -> None:
        filled(engine, order(), order("other"))
        with transaction(engine) as session:
            before = lock_order(session, "o")
            assert before is not None
            after = replace(before, failure="late", country="DE", fee=Money(84, "USD"), kind=PurchaseKind.REPEAT)
            save_order(session, after, before=before)

        assert found(engine) == after
        assert found(engine, "other") == order("other")

    def test_saves_what_was_paid_and_granted(self, engine: Engine) -> None:
        filled(engine, order())

        with transaction(engine) as session:
            update(session, "o", PaymentStatus.PAID)

        stored = found(engine)
        assert (stored.status, stored.payment_ref, stored.paid_at, stored.recorded_at) == (
            PaymentStatus.PAID,
            "pi_1",
            NOW + MINUTE,
            NOW,
        )
        assert stored.package_id == package_id_of_order("o")
        assert select(engine, "SELECT discount_minor FROM orders") == [(0,)]

    def test_of_one_payment_for_two_orders_is_impossible(self, engine: Engine) -> None:
        filled(engine, order("o"), order("p"))
        with transaction(engine) as session:
            update(session, "o", PaymentStatus.PAID)

        with pytest.raises(IntegrityError, match="orders_payment"), transaction(engine) as session:
            update(session, "p", PaymentStatus.PAID, payment=payment(checkout_ref="co_2"))

        assert found(engine, "p").status is PaymentStatus.PENDING


class TestHasBought:
    @pytest.mark.parametrize(
        ("refunded_minor", "status", "expected"),
        [
            (0, RefundStatus.SUCCEEDED, True),
            (69_899, RefundStatus.SUCCEEDED, True),
            (69_900, RefundStatus.SUCCEEDED, False),
            (69_900, RefundStatus.FAILED, True),
            (69_900, RefundStatus.SENT, True),
        ],
    )
    def test_counts_what_is_paid_and_not_refunded_in_full(
        self, engine: Engine, refunded_minor: int, status: RefundStatus, expected: bool
    ) -> None:
        filled(engine, order(), order("new"))
        with transaction(engine) as session:
            update(session, "o", PaymentStatus.PAID)
            if refunded_minor:
                add_refund(session, refund(status=status, amount=Money(refunded_minor, "RUB")))

            assert has_bought(session, "a", besides="new") is expected

    def test_counts_neither_the_order_itself_nor_what_is_not_paid_nor_what_others_bought(self, engine: Engine) -> None:
        filled(engine, order(), order("open"), order("other", account_id="b"))
        with transaction(engine) as session:
            update(session, "o", PaymentStatus.PAID)

            assert not has_bought(session, "a", besides="o")
            assert not has_bought(session, "b", besides="other")


class TestAddAttempt:
    def test_numbers_the_attempts_of_an_order(self, engine: Engine) -> None:
        filled(engine, order(), order("other"))
        with transaction(engine) as session:
            add_attempt(session, PaymentAttempt("o", NOW, DECLINED, Retry.LATER, "insufficient_funds"))
            add_attempt(session, PaymentAttempt("other", NOW, DECLINED))
            add_attempt(session, PaymentAttempt("o", NOW + MINUTE, AttemptOutcome.PAID))

        rows = select(engine, "SELECT order_id, number, at, outcome, retry, code FROM payment_attempt ORDER BY 1, 2")
        assert rows == [
            ("o", 1, NOW, "declined", "later", "insufficient_funds"),
            ("o", 2, NOW + MINUTE, "paid", None, None),
            ("other", 1, NOW, "declined", None, None),
        ]

    def test_writes_one_that_is_like_the_last_one_only_once(self, engine: Engine) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            for code in ("refused", "refused", "expired", "refused"):
                add_attempt(session, PaymentAttempt("o", NOW, AttemptOutcome.CAPTURE_REFUSED, code=code))

        assert select(engine, "SELECT code FROM payment_attempt ORDER BY number") == [
            ("refused",),
            ("expired",),
            ("refused",),
        ]


class TestOpenOrders:
    @pytest.fixture
    def shop(self, engine: Engine) -> Engine:
        """Orders in every state, polled one minute after another; one more needs review."""
        states = [PaymentStatus.APPROVED, PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED]
        ended = [PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.EXPIRED]
        filled(engine, *(order(state) for state in [*states, *ended, "to review"]))
        with transaction(engine) as session:
            for minute, state in enumerate([*states, *ended]):
                reported = payment(state, checkout_ref=None, payment_ref=None)
                update(session, state, state, payment=reported, at=NOW + minute * MINUTE)
                assert mark_polled(session, state, at=NOW + minute * MINUTE, before=NOW + 60 * MINUTE)
            review(session, "to review", "why?", at=NOW - MINUTE)
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

    def test_are_not_those_that_were_just_polled(self, shop: Engine) -> None:
        assert self._open(shop, minutes=1) == ["approved"]
        assert self._open(shop, minutes=0) == []

    def test_are_a_chunk_at_a_time(self, shop: Engine) -> None:
        assert self._open(shop, minutes=60, limit=2) == ["approved", "pending"]

    def test_are_those_of_gateways_that_are_set_up(self, shop: Engine) -> None:
        assert self._open(shop, minutes=60, gateways=("paypal",)) == []
        assert self._open(shop, minutes=60, gateways=()) == []

    def test_give_others_their_turn_once_polled(self, shop: Engine) -> None:
        with transaction(shop) as session:
            assert mark_polled(session, "approved", at=NOW + 30 * MINUTE, before=NOW + 20 * MINUTE)

        assert self._open(shop, minutes=60) == ["pending", "action_required", "approved"]

    def test_are_polled_by_one_alone(self, shop: Engine) -> None:
        with transaction(shop) as session:
            assert mark_polled(session, "approved", at=NOW + 30 * MINUTE, before=NOW + 20 * MINUTE)
            assert not mark_polled(session, "approved", at=NOW + 31 * MINUTE, before=NOW + 21 * MINUTE)

    def test_are_not_those_that_need_review(self, shop: Engine) -> None:
        stored = found(shop, "to review")

        assert (stored.needs_review, stored.failure) == (True, "why?")
        assert "to review" not in self._open(shop, minutes=60)


class TestSavedMethod:
    def test_keeps_a_method_once_with_its_newest_label(self, engine: Engine) -> None:
        filled(engine)
        with transaction(engine) as session:
            save_method(session, "a", "stripe", SavedMethod("t", "cus_1", "Visa *4242"), at=NOW)
            save_method(session, "a", "stripe", SavedMethod("t", "cus_1", "Visa *1111"), at=NOW)
            save_method(session, "a", "paypal", SavedMethod("t", None, "PayPal"), at=NOW)

        rows = select(engine, "SELECT gateway, token, gateway_customer, label FROM saved_method ORDER BY id")
        assert rows == [("stripe", "t", "cus_1", "Visa *1111"), ("paypal", "t", None, "PayPal")]

    def test_never_gets_the_method_of_another(self, engine: Engine) -> None:
        filled(engine)
        with transaction(engine) as session:
            save_method(session, "a", "stripe", SavedMethod("t", "cus_1", "Visa *4242"), at=NOW)
            save_method(session, "b", "stripe", SavedMethod("t", "cus_2", "Visa *4242"), at=NOW)

        rows = select(engine, "SELECT account.id, gateway_customer FROM account JOIN saved_method ON account = number")
        assert rows == [("a", "cus_1")]
