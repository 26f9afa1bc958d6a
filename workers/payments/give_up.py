"""Giving up: whatever an account has open with gateways when it is closed, and the methods that it has saved."""

from domain.gateway.setup import SetupStatus
from domain.payments.method_setup import end_setup
from domain.payments.stored_method import MethodEnd
from messages.payments.methods import SetupFailed
from store.engine import Session
from store.payments.method import find_methods
from store.payments.method_setup import lock_open_setups_of, save_setup
from store.payments.order import find_open_orders_of, lock_order
from workers.facts import Facts
from workers.payments.method import end_saved_method
from workers.payments.withdraw import WITHDRAWN, withdraw


def give_up_payments(session: Session, account_id: str, facts: Facts) -> None:
    """
    Let no call take money of an account any more, and let its saved methods be forgotten.

    Money that is under way may still come; it is booked as late money. Gateways forget the methods by the next poll.

    Args:
        session: of a transaction in which the account is locked.
        account_id: Screph's id.
        facts: of the transaction.
    """
    for order_id in find_open_orders_of(session, account_id):
        order = lock_order(session, order_id)
        assert order is not None
        withdraw(session, order, facts)
    for setup in lock_open_setups_of(session, account_id):
        ended = end_setup(setup, SetupStatus.EXPIRED, WITHDRAWN, at=facts.at)
        save_setup(session, ended, before=setup)
        facts.emit(SetupFailed, account_id, {"setup_id": setup.id, "gateway": setup.gateway, "code": WITHDRAWN})
    for method in find_methods(session, account_id):
        end_saved_method(session, method, MethodEnd.FORGOTTEN, facts)
