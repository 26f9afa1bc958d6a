"""Queue `renewal`: what is due of subscriptions and of auto top-up, and orders of theirs that have changed."""

from collections.abc import Sequence

from messages.read import Event
from messages.subscriptions.reminders import (
    CardWarningsRequested,
    RenewalsRequested,
    SubscriptionMethodReady,
    SubscriptionPaymentSettled,
)
from messages.subscriptions.topup import TopupDue, TopupSettled, TopupsRequested
from workers.context import Context
from workers.due_run import run_due
from workers.outcome import Outcome, answered
from workers.subscriptions.card_expiring import warn_of_expiring_cards
from workers.subscriptions.follow import follow_message
from workers.subscriptions.renew import renew_due
from workers.subscriptions.retry import retry_with_method
from workers.subscriptions.topup import check_due_topups, check_topup
from workers.subscriptions.topup_end import settle_topup


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
            case TopupDue() as due:
                check_topup(context, due.subject)
            case TopupSettled() as settled:
                settle_topup(context, settled.subject, settled.data.order_id)
            case TopupsRequested():
                run_due(context, event, "top-up", lambda: check_due_topups(context))
            case CardWarningsRequested():
                run_due(context, event, "warn-of-cards", lambda: warn_of_expiring_cards(context))
            case SubscriptionMethodReady():
                retry_with_method(context, event)
            case other:
                raise TypeError(f"queue renewal has no handler for {other.type}")
    return [answered(event, {}) for event in events]
