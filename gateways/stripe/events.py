"""Which of Stripe's events we use, and what each is about."""

from collections.abc import Mapping
from typing import Any

from domain.gateway.webhook import Subject

SUBJECTS = (
    dict.fromkeys(
        [
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "checkout.session.async_payment_failed",
            "checkout.session.expired",
        ],
        Subject.CHECKOUT,
    )
    | dict.fromkeys(
        [
            "payment_intent.succeeded",
            "payment_intent.payment_failed",
            "payment_intent.requires_action",
            "payment_intent.processing",
            "payment_intent.canceled",
        ],
        Subject.PAYMENT,
    )
    | dict.fromkeys(["refund.created", "refund.updated", "refund.failed"], Subject.REFUND)
    | dict.fromkeys(
        [
            "charge.dispute.created",
            "charge.dispute.updated",
            "charge.dispute.closed",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.funds_reinstated",
        ],
        Subject.DISPUTE,
    )
    | dict.fromkeys(
        ["payment_method.automatically_updated", "payment_method.detached", "payment_method.updated"],
        Subject.METHOD,
    )
)
"""
By type; the webhook endpoint in Stripe's dashboard should send these and no others.

Left out: `charge.refunded` has only a sum, and `charge.refund.updated` repeats `refund.updated`.
"""

PAYMENT_MODE, SETUP_MODE = "payment", "setup"
"""The modes of our checkouts; one that begins a subscription of Stripe's own is never ours."""

OBJECTS = {
    Subject.CHECKOUT: "checkout.session",
    Subject.PAYMENT: "payment_intent",
    Subject.REFUND: "refund",
    Subject.DISPUTE: "dispute",
    Subject.METHOD: "payment_method",
}
"""What the object in an event calls itself."""


def subject_of(event_type: object) -> Subject | None:
    """Return what an event is about, or None for one that we have no use for."""
    return SUBJECTS.get(event_type) if isinstance(event_type, str) else None


def subject_of_event(event_type: object, changed: Mapping[str, Any]) -> Subject | None:
    """
    Return what an event is about, by its type and its object; None if we have no use for it.

    A checkout that saves a method names our setup; without that it is another shop's, as is any other mode.
    """
    subject, mode = subject_of(event_type), changed.get("mode")
    if subject is not Subject.CHECKOUT or mode in (None, PAYMENT_MODE):
        return subject
    metadata = changed.get("metadata")
    is_setup = mode == SETUP_MODE and isinstance(metadata, dict) and "setup_id" in metadata
    return Subject.METHOD if is_setup else None
