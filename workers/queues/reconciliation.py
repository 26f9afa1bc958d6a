"""Queue `reconciliation`: reminders to poll the gateways."""

from collections.abc import Sequence
from dataclasses import dataclass

from broker.delivery import Delivery
from messages.payments.reminders import OpenPaymentsPollRequested, RecentImportRequested, TotalsComparisonRequested
from messages.queues import RECONCILIATION
from messages.read import Event
from workers.consume import consume_each
from workers.context import Payments
from workers.payments.reconcile import compare_totals, import_recent, poll_open_payments


@dataclass(frozen=True, slots=True)
class ReconciliationWorker:
    """Takes reminders to look."""

    payments: Payments

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """
        Look as each reminder asks.

        Raises:
            DeliveriesFailed: a look was broken off by a bug.
            GiveBack: the process is ending while the database is away.
        """
        consume_each(
            deliveries,
            queue=RECONCILIATION,
            engine=self.payments.engine,
            stopping=self.payments.stopping,
            handle=lambda event: _handle(self.payments, event),
        )


def _handle(payments: Payments, event: Event) -> None:
    match event.envelope:
        case OpenPaymentsPollRequested():
            poll_open_payments(payments)
        case RecentImportRequested():
            import_recent(payments)
        case TotalsComparisonRequested():
            compare_totals(payments)
        case other:
            raise TypeError(f"no look is known for {other.type}")
