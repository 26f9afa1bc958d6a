"""Many orders at once: one statement writes what as many statements would have written."""

from dataclasses import replace

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.gateway.requests import Buyer
from domain.money import Money
from domain.payments.attempt import AttemptOutcome, PaymentAttempt
from domain.payments.charge import begin_attempt
from domain.payments.order import Order
from domain.payments.order_update import end_unpaid
from store.engine import Engine
from store.payments.attempt import add_attempts
from store.payments.order import add_orders, find_orders, lock_free_orders, lock_orders_in_books, save_orders
from store.reading import reading
from store.transaction import transaction
from tests.store.payments.ordering import MINUTE, NOW, filled, order, select


def many() -> list[Order]:
    """Orders of two accounts, with and without what may be left out."""
    return [
        order("b-1", account_id="b", price=Money(2_501, "KWD"), title="Стандартный, 'quoted' \\ 😀", locale="ru-RU"),
        order("a-1", valid_days=30, saves_method=True),
        begin_attempt(order("a-2"), Buyer("a", "a@b.c", None, "ru"), method_id=None, at=NOW),
    ]


class TestManyOrders:
    def test_are_found_as_they_were_given(self, engine: Engine) -> None:
        filled(engine, order("there"), order("there-too", account_id="b"))

        with transaction(engine) as session:
            add_orders(session, many())
            add_orders(session, [])

        with reading(engine) as session:
            found = find_orders(session, ["a-1", "a-2", "b-1", "nobody's"])
        assert found == {one.id: one for one in many()}

    def test_are_saved_with_what_has_changed_of_each(self, engine: Engine) -> None:
        filled(engine, *many())
        ended = [end_unpaid(one, PaymentStatus.EXPIRED, f"of {one.id}", at=NOW + MINUTE) for one in many()]
        ended[2] = replace(ended[2], fee=Money(7, "RUB"))

        with transaction(engine) as session:
            save_orders(session, [*zip(ended, many(), strict=True), (many()[0], many()[0])])

        with reading(engine) as session:
            assert find_orders(session, [one.id for one in ended]) == {one.id: one for one in ended}

    def test_are_locked_without_those_that_somebody_else_holds(self, engine: Engine) -> None:
        filled(engine, *many())

        with transaction(engine) as session:
            held = lock_orders_in_books(session, ["b-1"])
            with transaction(engine) as other:
                free = lock_free_orders(other, ["b-1", "a-1"])

        assert held["b-1"].order == many()[0]
        assert not held["b-1"].has_bought_before
        assert free.keys() == {"a-1"}


class TestManyAttempts:
    def test_are_numbered_along_their_orders_and_not_repeated(self, engine: Engine) -> None:
        filled(engine, order(), order("other"))
        declined = PaymentAttempt("o", NOW, AttemptOutcome.DECLINED, Retry.LATER, "insufficient_funds")

        with transaction(engine) as session:
            add_attempts(session, [declined])
            add_attempts(session, [declined, replace(declined, order_id="other"), replace(declined, code="expired")])

        rows = select(engine, "SELECT order_id, number, code FROM payment_attempt ORDER BY 1, 2")
        assert rows == [("o", 1, "insufficient_funds"), ("o", 2, "expired"), ("other", 1, "insufficient_funds")]
