"""The link by which a mail is unsubscribed from: a token that only we can have written, and that never ends."""

import base64
import hmac
from dataclasses import dataclass

from domain.notices.notice import NoticeKind

_SIGNATURE_BYTES = 16


class UnableToVerify(ValueError):
    """A token was not written here, or by another secret."""


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """An account does not want notices of a kind by mail any more."""

    account_id: str
    kind: NoticeKind


def write_token(unsubscription: Unsubscription, *, secret: bytes) -> str:
    """Return the token for a link; letters, digits, `-` and `_` alone."""
    content = f"{unsubscription.kind}\0{unsubscription.account_id}".encode()
    return base64.urlsafe_b64encode(_signature(content, secret) + content).decode().rstrip("=")


def read_token(token: str, *, secret: bytes) -> Unsubscription:
    """
    Return what a token says.

    Raises:
        UnableToVerify: we have not written it.
    """
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise UnableToVerify("this is no link of ours") from error
    signature, content = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(content, secret)):
        raise UnableToVerify("this is no link of ours")
    kind, _, account_id = content.decode().partition("\0")
    return Unsubscription(account_id, NoticeKind(kind))


def _signature(content: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"unsubscribe\0" + content, "sha256")[:_SIGNATURE_BYTES]
