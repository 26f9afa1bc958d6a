"""What a verified webhook becomes: one message for the queue of webhooks."""

import base64
from datetime import datetime

from boot.traces import traceparent_now
from broker.publication import Publication
from domain.gateway.webhook import Hint
from messages.payments.requests import WebhookReceived
from messages.queues import WEBHOOK, WEBHOOKS
from messages.write import with_traceparent, write


def webhook_publication(hint: Hint, body: bytes, *, at: datetime) -> Publication:
    """Return the publication that hands a webhook to the workers, with the gateway's own bytes in it."""
    message_id, event = write(
        WebhookReceived,
        {
            "gateway": hint.gateway,
            "subject": hint.subject.value,
            "ref": hint.ref,
            "event": hint.event,
            "is_signed": hint.is_signed,
            "body_base64": base64.b64encode(body).decode("ascii"),
        },
        at=at,
        subject=hint.ref[:128],
        message_id=hint.dedupe_key,
        source=f"gateway/{hint.gateway}",
    )
    traceparent = traceparent_now()
    return Publication(WEBHOOKS, WEBHOOK, message_id, with_traceparent(event, traceparent), traceparent=traceparent)
