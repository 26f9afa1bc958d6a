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
)
"""
By type; the webhook endpoint in Stripe's dashboard should send these and no others.

Left out: `charge.refunded` has only a sum, and `charge.refund.updated` repeats `refund.updated`.
"""

PAYMENT_MODE = "payment"
"""The mode of our checkouts; one that only saves a card, or begins a subscription of Stripe's own, is never ours."""

OBJECTS = {
    Subject.CHECKOUT: "checkout.session",
    Subject.PAYMENT: "payment_intent",
    Subject.REFUND: "refund",
    Subject.DISPUTE: "dispute",
}
"""What the object in an event calls itself."""


def subject_of(event_type: object) -> Subject | None:
    """Return what an event is about, or None for one that we have no use for."""
    return SUBJECTS.get(event_type) if isinstance(event_type, str) else None


def is_used(changed: Mapping[str, Any]) -> bool:
    """Tell whether we have a use for what an event is about: a checkout in another mode than ours moves no money."""
    return changed.get("mode") in (None, PAYMENT_MODE)
