"""Which of the sandbox's events we use, and what each is about."""

from domain.gateway.webhook import Subject

SUBJECTS = {
    "checkout.paid": Subject.CHECKOUT,
    "checkout.failed": Subject.CHECKOUT,
    "checkout.expired": Subject.CHECKOUT,
    "checkout.action_required": Subject.CHECKOUT,
    "payment.paid": Subject.PAYMENT,
    "payment.failed": Subject.PAYMENT,
    "payment.action_required": Subject.PAYMENT,
    "setup.saved": Subject.METHOD,
    "setup.failed": Subject.METHOD,
    "setup.expired": Subject.METHOD,
    "refund.pending": Subject.REFUND,
    "refund.succeeded": Subject.REFUND,
    "refund.failed": Subject.REFUND,
    "dispute.open": Subject.DISPUTE,
    "dispute.won": Subject.DISPUTE,
    "dispute.lost": Subject.DISPUTE,
}
"""By type; without `method.saved`, because the payment or the setup that saved the method has an event as well."""


def subject_of(event_type: str) -> Subject | None:
    """Return what an event is about, or None for one that we have no use for."""
    return SUBJECTS.get(event_type)
