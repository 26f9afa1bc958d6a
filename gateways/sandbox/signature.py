"""The signature of the sandbox's webhooks: an HMAC over the moment and the raw bytes."""

import hashlib
import hmac

from domain.gateway.errors import Unverified

HEADER = "sandbox-signature"

TOLERANCE_SECONDS = 300
"""In both directions: a clock that is wrong by more should be noticed, not tolerated."""


def sign(secret: str, body: bytes, *, at: int) -> str:
    """Return the header's value for a body at a moment in Unix seconds."""
    return f"t={at},v1={_digest(secret, body, str(at))}"


def check(secret: str, body: bytes, header: str, *, now: int) -> None:
    """
    Check that a body was signed with a secret, and not long ago.

    Args:
        secret: not empty.
        body: the raw bytes.
        header: `t=…,v1=…`; there may be several `v1`, while a secret is being replaced.
        now: Unix seconds.

    Raises:
        Unverified: it was not; the text says what is wrong and repeats nothing of it.
    """
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    moments = [value for name, value in pairs if name == "t"]
    given = [value for name, value in pairs if name == "v1"]
    if len(moments) != 1 or not given:
        raise Unverified("the signature's header is missing, or not of the form t=…,v1=…")
    moment = moments[0]
    if not (moment.isascii() and moment.isdecimal() and len(moment) <= 12):
        raise Unverified("the signature's moment is not a number of seconds")
    wanted = _digest(secret, body, moment)
    if not any(hmac.compare_digest(wanted.encode(), one.encode("utf-8", "replace")) for one in given):
        raise Unverified("the signature does not fit the body and the secret")
    if abs(now - int(moment)) > TOLERANCE_SECONDS:
        raise Unverified(f"the signature is more than {TOLERANCE_SECONDS} seconds away from our clock")


def _digest(secret: str, body: bytes, moment: str) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
