"""The mail address that a gateway knows of a buyer."""

import re

_ADDRESS = re.compile(r"[^@\s,;<>\"\x00-\x1f\x7f]+@[^@\s,;<>\"\x00-\x1f\x7f]+")
_MAX_LENGTH = 254


def email_of(value: object) -> str | None:
    """Return a mail address as a gateway says it; None where it says none, or anything but one address."""
    if not isinstance(value, str) or len(value) > _MAX_LENGTH or not _ADDRESS.fullmatch(value):
        return None
    return value
