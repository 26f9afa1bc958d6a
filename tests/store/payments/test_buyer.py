"""Buyers: who they are to a gateway."""

from sqlalchemy import text

from domain.gateway.requests import Buyer
from store.engine import Engine, Session
from store.payments.buyer import KnownBuyer, find_buyer, save_customer
from store.transaction import transaction
from tests.store.payments.ordering import filled


def describe(session: Session, **values: str) -> None:
    """Let more become known of the account."""
    for column, value in values.items():
        session.execute(text(f"UPDATE account SET {column} = :value WHERE id = 'a'"), {"value": value})


class TestFindBuyer:
    def test_finds_what_is_known(self, engine: Engine) -> None:
        filled(engine)
        with transaction(engine) as session:
            describe(session, email="a@b.c", locale="ru", currency="RUB")
            save_customer(session, "a", "stripe", "cus_1")
            save_customer(session, "a", "paypal", "P1")

            assert find_buyer(session, "a", "stripe") == KnownBuyer("a@b.c", "ru", "RUB", "cus_1")
            assert find_buyer(session, "b", "stripe") == KnownBuyer()
            assert find_buyer(session, "nobody", "stripe") == KnownBuyer()

    def test_keeps_the_first_id_that_a_gateway_gave(self, engine: Engine) -> None:
        filled(engine)
        with transaction(engine) as session:
            save_customer(session, "a", "stripe", "cus_1")
            save_customer(session, "a", "stripe", "cus_2")

            assert find_buyer(session, "a", "stripe").customer == "cus_1"


class TestForCall:
    def test_says_what_is_known(self) -> None:
        known = KnownBuyer("a@b.c", "ru", "RUB", "cus_1")

        assert known.for_call("a") == Buyer("a", "a@b.c", "cus_1", "ru")
        assert KnownBuyer().for_call("a") == Buyer("a")

    def test_uses_the_language_that_was_asked_for(self) -> None:
        assert KnownBuyer(locale="ru").for_call("a", "de").locale == "de"
