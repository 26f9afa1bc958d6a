"""Queue `purchase`: purchases, refunds, reports of disputes, and saved methods; each event is a saga of its own."""

from collections.abc import Sequence
from typing import Any

from messages.errors import MessageRejected
from messages.payments.methods import MethodForgetRequested, MethodPreferRequested, SetupRequested, SetupReturned
from messages.payments.requests import DisputeReported, PurchaseRequested, RefundRequested
from messages.read import Event
from workers.context import Context
from workers.outcome import Outcome, answered
from workers.payments.checkout import purchase
from workers.payments.dispute import report_dispute
from workers.payments.method import forget, prefer
from workers.payments.refund import request_refund
from workers.payments.setup import request_setup, return_from_setup


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Handle events and return what became of each; every step may come again, and a repeat gets the first answer.

    Raises:
        MessageRejected: an event is wrong in itself.
        Unavailable: a gateway or the store gave no answer; repeating is harmless.
    """
    return [answered(event, _answer(context, event)) for event in events]


def _answer(context: Context, event: Event) -> dict[str, Any]:
    match event.envelope:
        case PurchaseRequested():
            return purchase(context, event)
        case RefundRequested():
            return request_refund(context, event)
        case DisputeReported():
            return report_dispute(context, event)
        case SetupRequested():
            return request_setup(context, event)
        case SetupReturned():
            return return_from_setup(context, event)
        case MethodPreferRequested():
            return prefer(context, event)
        case MethodForgetRequested():
            return forget(context, event)
        case other:
            raise MessageRejected("UnknownType", f"queue purchase has no handler for {other.type}")
