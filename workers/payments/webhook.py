"""Webhooks: the object that one hints at is read again and then applied."""

import base64
import binascii
import logging

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.webhook import Subject
from messages.errors import MessageRejected, Unavailable
from messages.payments.requests import WebhookReceived
from messages.read import Event
from store.payments.webhook import Webhook, finish_webhook, save_webhook
from workers.context import Context
from workers.payments.dispute import apply_dispute
from workers.payments.payment import apply_payment
from workers.payments.refund_result import apply_refund

log = logging.getLogger(__name__)


DONE = ("applied", "ignored")


def receive(context: Context, event: Event) -> str:
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
    arrived = Webhook(data.gateway, envelope.id, data.subject, data.ref, data.event, data.is_signed, body)
    kept = context.transact(lambda session: save_webhook(session, arrived))
    return kept.state if kept.state in DONE else follow(context, kept)


def follow(context: Context, webhook: Webhook) -> str:
    """
    Read the object that a webhook hints at and apply it; return what became of the webhook.

    Raises:
        Unavailable: the gateway gave no answer.
    """
    try:
        state, note = _followed(context, webhook)
    except UnableToReach as error:
        raise Unavailable(f"{webhook.gateway} gave no answer about {webhook.subject} {webhook.ref}: {error}") from error
    except NotFound:
        state, note = "unmatched", f"{webhook.gateway} knows no {webhook.subject} {webhook.ref}"
    except CallRefused as error:
        state, note = "unmatched", f"{webhook.gateway} refused to tell: {error.code}"
    if state == "unmatched":
        log.warning("a webhook is kept until its order is known: %s", note)
    context.transact(
        lambda session: finish_webhook(session, webhook.gateway, webhook.dedupe_key, state=state, note=note)
    )
    return state


def _followed(context: Context, webhook: Webhook) -> tuple[str, str]:
    gateway = context.gateway(webhook.gateway)
    match Subject(webhook.subject):
        case Subject.CHECKOUT | Subject.PAYMENT:
            settled = apply_payment(context, webhook.gateway, gateway.fetch_payment(webhook.ref))
            order_id, what = settled.order.id if settled.order else None, str(settled.step)
        case Subject.REFUND:
            order_id, what = (
                apply_refund(context, webhook.gateway, gateway.fetch_refund(webhook.ref)).order_id,
                "refund",
            )
        case Subject.DISPUTE:
            order_id = apply_dispute(context, webhook.gateway, gateway.fetch_dispute(webhook.ref))
            what = "dispute"
        case _:
            return "ignored", "methods are read from their payments"
    if order_id is None:
        return "unmatched", f"no order here belongs to {webhook.subject} {webhook.ref}"
    return "applied", f"order {order_id}: {what}"
