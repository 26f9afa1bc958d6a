"""Queue `renewal`: reminders to renew what is due, and orders of subscriptions that have changed."""

from collections.abc import Sequence

from messages.read import Event
from messages.subscriptions.reminders import RenewalsRequested, SubscriptionPaymentSettled
from workers.context import Context
from workers.due_run import run_due
from workers.outcome import Outcome, answered
from workers.subscriptions.follow import follow_message
from workers.subscriptions.renew import renew_due


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Renew what is due, and let subscriptions follow their orders.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    for event in events:
        match event.envelope:
            case RenewalsRequested():
                run_due(context, event, "renew-subscriptions", lambda: renew_due(context))
            case SubscriptionPaymentSettled():
                follow_message(context, event)
            case other:
                raise TypeError(f"queue renewal has no handler for {other.type}")
    return [answered(event, {}) for event in events]
