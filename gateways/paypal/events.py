"""What PayPal's events are about."""

from domain.payments.gateway import Subject
from gateways.paypal.objects import Body, linked

CAPTURES = frozenset(f"PAYMENT.CAPTURE.{what}" for what in ("COMPLETED", "PENDING", "DENIED", "DECLINED", "REVERSED"))
REFUNDED = "PAYMENT.CAPTURE.REFUNDED"
APPROVAL_REVERSED = "CHECKOUT.PAYMENT-APPROVAL.REVERSED"

ID_NAMES = {
    Subject.CHECKOUT: ("order_id", "id"),  # a reversed approval names its order apart
    Subject.PAYMENT: ("id",),
    Subject.REFUND: ("id",),
    Subject.DISPUTE: ("dispute_id",),
    Subject.METHOD: ("id",),
}
"""What a resource calls the id of the object that the event is about."""


def subject_of(event_type: str) -> Subject | None:
    """Return what an event is about, or None for a kind that is nothing to us."""
    if event_type.startswith("CHECKOUT.ORDER.") or event_type == APPROVAL_REVERSED:
        return Subject.CHECKOUT
    if event_type in CAPTURES:
        return Subject.PAYMENT
    if event_type == REFUNDED:
        return Subject.REFUND
    if event_type.startswith("CUSTOMER.DISPUTE."):
        return Subject.DISPUTE
    if event_type.startswith("VAULT.PAYMENT-TOKEN."):
        return Subject.METHOD
    return None


def ref_of(subject: Subject, resource: Body) -> str | None:
    """Return the id of the object that an event is about, if its resource tells."""
    # A reversal may come as a refund whose parent is the capture.
    parent = linked(resource, "up", "captures") if subject is Subject.PAYMENT else None
    ref = parent or next((resource[name] for name in ID_NAMES[subject] if resource.get(name)), None)
    return ref if isinstance(ref, str) else None
