"""Queue `webhook`: hints from gateways; the object is read again and then applied."""

import base64
import binascii
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from broker.delivery import Delivery
from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.webhook import Subject
from messages.errors import MessageRejected, Unavailable
from messages.payments.requests import WebhookReceived
from messages.queues import WEBHOOK
from messages.read import Event
from store import webhooks
from store.webhooks import KeptWebhook
from workers.disputing import apply_dispute
from workers.payments import Payments
from workers.refund_news import apply_refund
from workers.settling import apply_payment
from workers.taking import take_each

log = logging.getLogger(__name__)

DONE = ("applied", "ignored")


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
        take_each(
            deliveries,
            queue=WEBHOOK,
            engine=self.payments.engine,
            stopping=self.payments.stopping,
            handle=lambda event: receive(self.payments, event),
        )


def receive(payments: Payments, event: Event) -> str:
    """
    Keep a webhook and apply what it hints at; return what became of it.

    Raises:
        MessageRejected: its bytes cannot be read.
        Unavailable: the gateway gave no answer; it is kept, and repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, WebhookReceived)
    data = envelope.data
    try:
        body = base64.b64decode(data.body_base64, validate=True)
    except binascii.Error as error:
        raise MessageRejected("NotBase64", f"data.body_base64 cannot be read: {error}") from error
    arrived = KeptWebhook(data.gateway, envelope.id, data.subject, data.ref, data.event, data.is_signed, body)
    kept = payments.kept(lambda session: webhooks.keep_webhook(session, arrived))
    return kept.state if kept.state in DONE else follow(payments, kept)


def follow(payments: Payments, webhook: KeptWebhook) -> str:
    """
    Read the object that a webhook hints at and apply it; return what became of the webhook.

    Raises:
        Unavailable: the gateway gave no answer.
    """
    try:
        state, note = _followed(payments, webhook)
    except UnableToReach as error:
        raise Unavailable(f"{webhook.gateway} gave no answer about {webhook.subject} {webhook.ref}: {error}") from error
    except NotFound:
        state, note = "unmatched", f"{webhook.gateway} knows no {webhook.subject} {webhook.ref}"
    except CallRefused as error:
        state, note = "unmatched", f"{webhook.gateway} refused to tell: {error.code}"
    if state == "unmatched":
        log.warning("a webhook is kept until its order is known: %s", note)
    payments.kept(lambda session: webhooks.finish(session, webhook.gateway, webhook.dedupe_key, state=state, note=note))
    return state


def _followed(payments: Payments, webhook: KeptWebhook) -> tuple[str, str]:
    gateway = payments.gateway(webhook.gateway)
    match Subject(webhook.subject):
        case Subject.CHECKOUT | Subject.PAYMENT:
            settled = apply_payment(payments, webhook.gateway, gateway.fetch_payment(webhook.ref))
            order_id, what = settled.order.id if settled.order else None, str(settled.step)
        case Subject.REFUND:
            order_id, what = (
                apply_refund(payments, webhook.gateway, gateway.fetch_refund(webhook.ref)).order_id,
                "refund",
            )
        case Subject.DISPUTE:
            order_id = apply_dispute(payments, webhook.gateway, gateway.fetch_dispute(webhook.ref))
            what = "dispute"
        case _:
            return "ignored", "methods are read from their payments"
    if order_id is None:
        return "unmatched", f"no order here belongs to {webhook.subject} {webhook.ref}"
    return "applied", f"order {order_id}: {what}"
