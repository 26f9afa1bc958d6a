"""Which of PayPal's events we use, and what each is about."""

from domain.gateway.webhook import Subject
from gateways.paypal.objects import Body, linked

CAPTURES = frozenset(f"PAYMENT.CAPTURE.{what}" for what in ("COMPLETED", "PENDING", "DENIED", "DECLINED", "REVERSED"))
REFUNDED = "PAYMENT.CAPTURE.REFUNDED"
REFUNDS = "PAYMENT.REFUND."
"""Begins the events of refunds that are pending or have failed; not every account gets them."""
APPROVAL_REVERSED = "CHECKOUT.PAYMENT-APPROVAL.REVERSED"
METHOD_SAVED = "VAULT.PAYMENT-TOKEN.CREATED"

ID_NAMES = {
    Subject.CHECKOUT: ("order_id", "id"),  # a reversed approval names its order apart
    Subject.PAYMENT: ("id",),
    Subject.REFUND: ("id",),
    Subject.DISPUTE: ("dispute_id",),
    Subject.METHOD: ("id",),
}
"""The fields of a resource with the id of the object that the event is about."""


def subject_of(event_type: str, resource: object) -> Subject | None:
    """
    Return what an event is about, or None for one that we have no use for.

    The event of a saved method is about the order that asked for it, if the event names that order: we read
    methods from the payment, which may be long paid by then.
    """
    if event_type.startswith("CHECKOUT.ORDER.") or event_type == APPROVAL_REVERSED:
        return Subject.CHECKOUT
    if event_type in CAPTURES:
        return Subject.PAYMENT
    if event_type == REFUNDED or event_type.startswith(REFUNDS):
        return Subject.REFUND
    if event_type.startswith("CUSTOMER.DISPUTE."):
        return Subject.DISPUTE
    if event_type == METHOD_SAVED and isinstance(resource, dict) and _asking_order(resource):
        return Subject.CHECKOUT
    if event_type.startswith("VAULT.PAYMENT-TOKEN."):
        return Subject.METHOD
    return None


def ref_of(subject: Subject, resource: Body) -> str | None:
    """Return the id of the object that an event is about, if its resource has one."""
    # A reversal may come as a refund whose parent is the capture.
    parent = linked(resource, "up", "captures") if subject is Subject.PAYMENT else None
    asking = _asking_order(resource) if subject is Subject.CHECKOUT else None
    ref = parent or asking or next((resource[name] for name in ID_NAMES[subject] if resource.get(name)), None)
    return ref if isinstance(ref, str) else None


def _asking_order(resource: Body) -> object:
    """Return the order that asked for a method to be saved. Not in PayPal's specification; others have seen it."""
    metadata = resource.get("metadata")
    return metadata.get("order_id") if isinstance(metadata, dict) else None
