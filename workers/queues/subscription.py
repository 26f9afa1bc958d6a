"""Queue `subscription`: what buyers and support want of subscriptions; each event is a saga of its own."""

from collections.abc import Sequence
from typing import Any

from messages.access.standing import AccountCloseRequested
from messages.errors import MessageRejected
from messages.read import Event
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionChangeRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
    SubscriptionStartRequested,
)
from messages.subscriptions.topup import TopupSetRequested
from workers.context import Context
from workers.outcome import Outcome, answered
from workers.subscriptions.cancel import cancel, pause, resume
from workers.subscriptions.change import change
from workers.subscriptions.change_method import change_method
from workers.subscriptions.close import close_account
from workers.subscriptions.pay import pay
from workers.subscriptions.start import start
from workers.subscriptions.topup_set import set_topup


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
        case SubscriptionStartRequested():
            return start(context, event)
        case SubscriptionChangeRequested() as request if request.data.method_id is not None:
            return change_method(context, event)
        case SubscriptionChangeRequested():
            return change(context, event)
        case SubscriptionCancelRequested():
            return cancel(context, event)
        case SubscriptionResumeRequested():
            return resume(context, event)
        case SubscriptionPauseRequested():
            return pause(context, event)
        case SubscriptionPaymentRequested():
            return pay(context, event)
        case TopupSetRequested():
            return set_topup(context, event)
        case AccountCloseRequested():
            return close_account(context, event)
        case other:
            raise MessageRejected("UnknownType", f"queue subscription has no handler for {other.type}")
