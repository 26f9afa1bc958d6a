"""Asking again: a person wants to know from a gateway what became of an order; whatever it says is applied."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.payments.order import Order
from domain.refusal import Refusal
from messages.errors import Unavailable
from messages.payments.reviews import OrderPollRequested
from messages.read import Event
from store.engine import Session
from store.payments.order import find_order
from workers.context import Context
from workers.once import answer_once
from workers.payments.gateway_object import apply_object
from workers.payments.reconcile import OPEN_FOR, poll_order


def ask_again(context: Context, event: Event) -> dict[str, Any]:
    """
    Ask a gateway what became of an order, and apply what it says, as a poll does; asking twice is harmless.

    Returns:
        `order_id`, and `status` before and after; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, OrderPollRequested)
    order_id = envelope.data.order_id
    # What the poll changes is the gateway's word; the line of the audit log is that of the question.
    quiet = replace(context, along=None)
    before = quiet.transact(lambda session: find_order(session, order_id))
    try:
        refusal = None if before is None else _poll(quiet, before)
    except UnableToReach as error:
        raise Unavailable(f"the gateway gave no answer: {error}") from error

    def answer(session: Session, _: int) -> dict[str, Any] | Refusal:
        after = find_order(session, order_id)
        if before is None or after is None:
            return Refusal("UnknownOrder", f"there is no order {order_id}")
        if refusal is not None:
            return refusal
        return {"order_id": order_id, "before": str(before.status), "status": str(after.status)}

    return answer_once(context, event, answer)


def _poll(context: Context, order: Order) -> Refusal | None:
    """Ask about an order, open or not; return why nobody can be asked."""
    if order.is_open:
        is_called = order.is_charge and order.payment_ref is None and order.checkout_ref is None
        if is_called and context.clock() - (order.polled_at or order.updated_at) < OPEN_FOR:
            # Two calls with one key may end differently, and the one that is declined would be believed.
            return Refusal("CallUnderWay", "it is being charged just now; ask again in ten minutes")
        poll_order(context, order.id, OPEN_FOR if is_called else timedelta())
        return None
    ref = order.payment_ref or order.checkout_ref
    if order.is_free or ref is None:
        return Refusal("NothingToAsk", "no gateway knows anything about this order")
    try:
        apply_object(context, order.gateway, context.gateway(order.gateway).fetch_payment(ref))
    except NotFound:
        return Refusal("UnknownThere", f"{order.gateway} does not know this order any more")
    except CallRefused as error:
        raise Unavailable(f"the gateway refuses to say what became of it: {error.code}") from error
    return None
