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
        [
            "payment_method.automatically_updated",
            "payment_method.detached",
            "payment_method.updated",
            # A bank debit is checked for days after the page is done.
            "setup_intent.succeeded",
        ],
        Subject.METHOD,
    )
)
"""
By type; the webhook endpoint in Stripe's dashboard should send these and no others.

Left out: `charge.refunded` has only a sum, and `charge.refund.updated` repeats `refund.updated`.
"""

SETUP_INTENT = "setup_intent"

PAYMENT_MODE, SETUP_MODE = "payment", "setup"
"""The modes of our checkouts; one that begins a subscription of Stripe's own is never ours."""

OBJECTS = {
    Subject.CHECKOUT: "checkout.session",
    Subject.PAYMENT: "payment_intent",
    Subject.REFUND: "refund",
    Subject.DISPUTE: "dispute",
}
"""What the object in an event calls itself; one about a method is called as its event begins."""


def subject_of(event_type: object) -> Subject | None:
    """Return what an event is about, or None for one that we have no use for."""
    return SUBJECTS.get(event_type) if isinstance(event_type, str) else None


def object_of(event_type: str, subject: Subject) -> str:
    """Return what the object in an event of a type calls itself."""
    return OBJECTS.get(subject) or event_type.partition(".")[0]


def subject_of_event(event_type: object, changed: Mapping[str, Any]) -> Subject | None:
    """
    Return what an event is about, by its type and its object; None if we have no use for it.

    A checkout or a setup intent that saves a method names our setup; without that it is another shop's, as is a
    checkout in any other mode.
    """
    subject, mode = subject_of(event_type), changed.get("mode")
    is_checkout = subject is Subject.CHECKOUT and mode not in (None, PAYMENT_MODE)
    if not is_checkout and changed.get("object") != SETUP_INTENT:
        return subject
    metadata = changed.get("metadata")
    is_ours = isinstance(metadata, dict) and "setup_id" in metadata
    return Subject.METHOD if is_ours and (mode == SETUP_MODE or not is_checkout) else None
