"""Which of YooKassa's notifications we use, and what each is about."""

import re

from domain.gateway.webhook import Subject

SUBJECTS = {"payment": Subject.PAYMENT, "refund": Subject.REFUND, "payment_method": Subject.METHOD}
"""By the first word of an event, as in `payment.succeeded`."""

_EVENT = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,30}")


def is_event(text: object) -> bool:
    """Tell whether a text can be the name of an event."""
    return isinstance(text, str) and _EVENT.fullmatch(text) is not None


def subject_of(event: str) -> Subject | None:
    """Return what an event is about, or None for one that we have no use for."""
    return SUBJECTS.get(event.partition(".")[0])
