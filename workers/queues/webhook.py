"""Queue `webhook`: hints from gateways."""

from collections.abc import Sequence
from dataclasses import dataclass

from broker.delivery import Delivery
from messages.queues import WEBHOOK
from workers.consume import consume_each
from workers.context import Payments
from workers.payments.webhook import receive


@dataclass(frozen=True, slots=True)
class WebhookWorker:
    """Takes deliveries of the queue."""

    payments: Payments

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """
        Apply some webhooks.

        Raises:
            DeliveriesFailed: a gateway gave no answer; the webhook is kept and comes again.
            GiveBack: the process is ending while the database is away.
        """
        consume_each(
            deliveries,
            queue=WEBHOOK,
            engine=self.payments.engine,
            stopping=self.payments.stopping,
            handle=lambda event: receive(self.payments, event),
        )
