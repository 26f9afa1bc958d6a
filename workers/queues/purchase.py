"""Queue `purchase`: purchases, refunds and reports of disputes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from broker.delivery import Delivery
from messages.errors import MessageRejected
from messages.payments.requests import DisputeReported, PurchaseRequested, RefundRequested
from messages.queues import PURCHASE
from messages.read import Event
from workers.consume import consume_each
from workers.context import Payments
from workers.payments.checkout import purchase
from workers.payments.dispute import report_dispute
from workers.payments.refund import request_refund


@dataclass(frozen=True, slots=True)
class PurchaseWorker:
    """Takes deliveries of the queue; each event is a saga of its own, and every step may come again."""

    payments: Payments

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """
        Handle some deliveries.

        Raises:
            DeliveriesFailed: a gateway gave no answer; the delivery goes on where it stood when it comes again.
            GiveBack: the process is ending while the database is away.
        """
        consume_each(
            deliveries,
            queue=PURCHASE,
            engine=self.payments.engine,
            stopping=self.payments.stopping,
            handle=lambda event: handle(self.payments, event),
        )


def handle(payments: Payments, event: Event) -> dict[str, Any]:
    """
    Handle one event and return its answer; a repeat gets the first one.

    Raises:
        MessageRejected: it is wrong in itself.
        Unavailable: a gateway or the store gave no answer; repeating is harmless.
    """
    match event.envelope:
        case PurchaseRequested():
            return purchase(payments, event)
        case RefundRequested():
            return request_refund(payments, event)
        case DisputeReported():
            return report_dispute(payments, event)
        case other:
            raise MessageRejected("UnknownType", f"nothing is known about {other.type}")
