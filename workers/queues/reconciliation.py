"""Queue `reconciliation`: reminders to poll the gateways, so that lost webhooks are recovered."""

from collections.abc import Sequence
from typing import Any

from messages.payments.reminders import (
    OpenPaymentsPollRequested,
    RecentImportRequested,
    TotalsComparisonRequested,
)
from messages.payments.reviews import OrderPollRequested, ReviewResolutionRequested
from messages.read import Event
from messages.statistics.reminders import AuditRequested, DaysComparisonRequested
from workers.context import Context
from workers.due_run import run_due
from workers.outcome import Outcome, answered
from workers.payments.ask_again import ask_again
from workers.payments.reconcile import import_recent, poll_open_payments
from workers.payments.review import resolve
from workers.payments.totals import compare_totals
from workers.statistics.audit import prove
from workers.statistics.compare import compare_days


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Poll as each reminder asks, and resolve what people have reviewed.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    answers: dict[int, dict[str, Any]] = {}
    for position, event in enumerate(events):
        match event.envelope:
            case OpenPaymentsPollRequested():
                run_due(context, event, "poll-open-payments", lambda: {"polled": poll_open_payments(context)})
            case RecentImportRequested():
                run_due(context, event, "import-recent", lambda: {"imported": import_recent(context)})
            case TotalsComparisonRequested():
                run_due(context, event, "compare-totals", lambda: {"differing": len(compare_totals(context))})
            case DaysComparisonRequested():
                run_due(context, event, "compare-days", lambda: compare_days(context))
            case AuditRequested():
                run_due(context, event, "audit", lambda: prove(context))
            case ReviewResolutionRequested():
                answers[position] = resolve(context, event)
            case OrderPollRequested():
                answers[position] = ask_again(context, event)
            case other:
                raise TypeError(f"queue reconciliation has no handler for {other.type}")
    return [answered(event, answers.get(position, {})) for position, event in enumerate(events)]
