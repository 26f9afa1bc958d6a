"""Queue `reconciliation`: reminders to poll the gateways, so that lost webhooks are recovered."""

from collections.abc import Sequence

from messages.payments.reminders import (
    OpenPaymentsPollRequested,
    RecentImportRequested,
    TotalsComparisonRequested,
)
from messages.read import Event
from workers.context import Context
from workers.outcome import Outcome, answered
from workers.payments.reconcile import compare_totals, import_recent, poll_open_payments


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Poll as each reminder asks.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    for event in events:
        match event.envelope:
            case OpenPaymentsPollRequested():
                poll_open_payments(context)
            case RecentImportRequested():
                import_recent(context)
            case TotalsComparisonRequested():
                compare_totals(context)
            case other:
                raise TypeError(f"queue reconciliation has no handler for {other.type}")
    return [answered(event, {}) for event in events]
