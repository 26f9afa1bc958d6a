"""Buyers: who they are to a gateway, and who they were when it was first asked."""

from sqlalchemy import text

from domain.gateway.requests import Buyer
from store.engine import Engine, Session
from store.payments.buyer import find_buyer, save_customer, snapshot_buyer
from store.transaction import transaction
from tests.store.payments.ordering import order, stocked


def known(session: Session, **values: str) -> None:
    """Let it be known more of the account."""
    for column, value in values.items():
        session.execute(text(f"UPDATE account SET {column} = :value WHERE id = 'a'"), {"value": value})


class TestFindBuyer:
    def test_tells_as_far_as_is_known(self, engine: Engine) -> None:
        stocked(engine)
        with transaction(engine) as session:
            known(session, email="a@b.c", locale="ru", currency="RUB")
            save_customer(session, "a", "stripe", "cus_1")
            save_customer(session, "a", "paypal", "P1")

            assert find_buyer(session, "a", "stripe") == ("a@b.c", "ru", "RUB", "cus_1")
            assert find_buyer(session, "b", "stripe") == (None, None, None, None)
            assert find_buyer(session, "nobody", "stripe") == (None, None, None, None)

    def test_keeps_the_first_id_that_a_gateway_gave(self, engine: Engine) -> None:
        stocked(engine)
        with transaction(engine) as session:
            save_customer(session, "a", "stripe", "cus_1")
            save_customer(session, "a", "stripe", "cus_2")

            assert find_buyer(session, "a", "stripe")[3] == "cus_1"


class TestBuyerOfCall:
    def ask(self, session: Session, order_id: str = "o", locale: str | None = None) -> Buyer:
        return snapshot_buyer(session, "orders", order_id, account_id="a", gateway="stripe", locale=locale)

    def test_stays_as_they_were_at_the_first_call(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            first = self.ask(session)
            known(session, email="a@b.c", locale="ru")
            save_customer(session, "a", "stripe", "cus_1")

            assert first == self.ask(session) == Buyer("a")

    def test_is_new_for_another_order(self, engine: Engine) -> None:
        stocked(engine, order(), order("o2"))
        with transaction(engine) as session:
            self.ask(session)
            known(session, email="a@b.c", locale="ru")
            save_customer(session, "a", "stripe", "cus_1")

            assert self.ask(session, "o2") == Buyer("a", "a@b.c", "cus_1", "ru")

    def test_speaks_the_language_that_was_asked_for(self, engine: Engine) -> None:
        stocked(engine, order())
        with transaction(engine) as session:
            known(session, locale="ru")

            assert self.ask(session, locale="de").locale == "de"
