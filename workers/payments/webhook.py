"""Webhooks: the object that one hints at is read again and then applied."""

import base64
import binascii
import logging
from typing import NamedTuple

from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import GatewayPayment
from domain.gateway.refund import GatewayRefund
from domain.gateway.webhook import Subject
from domain.ids import is_own_id
from domain.payments.order import Order
from domain.payments.payment_decision import Step
from domain.payments.webhook import OPEN_WEBHOOK_STATES, Webhook, WebhookState
from messages.errors import MessageRejected, Unavailable
from messages.payments.requests import WebhookReceived
from messages.read import Event
from store.engine import Session
from store.payments.method_setup import find_setup_id
from store.payments.webhook import finish_webhook, save_webhook
from workers.context import Context
from workers.payments.gateway_object import apply_object
from workers.payments.method import apply_method
from workers.payments.setup import apply_setup

log = logging.getLogger(__name__)


class _Followed(NamedTuple):
    """What became of a webhook, why, and whether that is stored already."""

    state: WebhookState
    note: str
    is_finished: bool = False


def receive(context: Context, event: Event) -> WebhookState:
    """
    Save a webhook and apply what it hints at; return what became of it.

    Raises:
        MessageRejected: its bytes cannot be read.
        Unavailable: the gateway gave no answer; it is saved, and repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, WebhookReceived)
    data = envelope.data
    try:
        body = base64.b64decode(data.body_base64, validate=True)
    except binascii.Error as error:
        raise MessageRejected("NotBase64", f"data.body_base64 cannot be read: {error}") from error
    arrived = Webhook(data.gateway, envelope.id, Subject(data.subject), data.ref, data.event, data.is_signed, body)
    webhook = context.transact(lambda session: save_webhook(session, arrived, at=context.clock()))
    return follow(context, webhook) if webhook.state in OPEN_WEBHOOK_STATES else webhook.state


def follow(context: Context, webhook: Webhook) -> WebhookState:
    """
    Read the object that a webhook hints at and apply it; return what became of the webhook.

    Raises:
        Unavailable: the gateway gave no answer.
    """
    try:
        state, note, is_finished = _apply(context, webhook)
    except UnableToReach as error:
        raise Unavailable(f"{webhook.gateway} gave no answer about {webhook.subject} {webhook.ref}: {error}") from error
    except NotFound:
        state, note, is_finished = _unmatched(f"{webhook.gateway} knows no {webhook.subject} {webhook.ref}")
    except CallRefused as error:
        state, note, is_finished = _unmatched(f"{webhook.gateway} refused to answer: {error.code}")
    if state is WebhookState.UNMATCHED:
        log.warning("a webhook waits until its order is known: %s", note)
    if not is_finished:
        context.transact(lambda session: finish_webhook(session, webhook, state=state, note=note))
    return state


def _apply(context: Context, webhook: Webhook) -> _Followed:
    gateway, ref = context.gateway(webhook.gateway), webhook.ref
    found: GatewayPayment | GatewayRefund | GatewayDispute
    match webhook.subject:
        case Subject.CHECKOUT | Subject.PAYMENT:
            found = gateway.fetch_payment(ref)
        case Subject.REFUND:
            found = gateway.fetch_refund(ref)
        case Subject.DISPUTE:
            found = gateway.fetch_dispute(ref)
        case Subject.METHOD:
            return _follow_method(context, webhook)

    def finish(session: Session, order: Order, step: Step) -> None:
        # With the payment: one commit less between a payment and the next one's turn.
        finish_webhook(session, webhook, state=WebhookState.APPLIED, note=_note(order.id, step))

    applied = apply_object(context, webhook.gateway, found, on_done=finish)
    if applied.is_foreign:
        return _Followed(WebhookState.FOREIGN, f"{webhook.subject} {ref} is of another shop on the account")
    if applied.order_id is None:
        return _unmatched(f"no order here belongs to {webhook.subject} {ref}, or it is not paid yet")
    return _Followed(WebhookState.APPLIED, _note(applied.order_id, applied.what), applied.is_done)


def _follow_method(context: Context, webhook: Webhook) -> _Followed:
    name, ref = webhook.gateway, webhook.ref
    try:
        found = context.gateway(name).fetch_setup(ref)
    except NotFound:
        found = None
    own_id = found.setup_id if found else None
    setup_id = context.transact(lambda session: find_setup_id(session, name, setup_id=own_id, ref=ref))
    if setup_id is not None and found is not None:
        return _Followed(WebhookState.APPLIED, f"setup {setup_id}: {apply_setup(context, name, setup_id, found)}")
    if is_own_id(own_id):
        return _unmatched(f"no setup here is {own_id}")
    done = apply_method(context, name, ref, found)
    if done is None:
        # Of another shop on the account, or of a buyer who never saved anything here.
        return _Followed(WebhookState.FOREIGN, f"nobody here has method {ref}")
    return _Followed(WebhookState.APPLIED, done)


def _note(order_id: str, what: str) -> str:
    return f"order {order_id}: {what}"


def _unmatched(note: str) -> _Followed:
    return _Followed(WebhookState.UNMATCHED, note)
