"""Identities: by what several accounts are known to be one person's."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID


class IdentityKind(StrEnum):
    """What two accounts of one person share."""

    MAIL = "mail"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Identity:
    """One thing that an account was seen with. `value` is a hash in the form of a UUID."""

    kind: IdentityKind
    value: str


def identity_of_mail(address: str) -> Identity:
    """
    Return what a mail address is compared by: without capitals, and without the `+tag` of its local part.

    So `Ann+sale@example.org` and `ann@example.org` are one person's.
    """
    local, _, host = address.strip().lower().rpartition("@")
    return _identity(IdentityKind.MAIL, f"{local.partition('+')[0]}@{host}")


def identity_of_card(gateway: str, fingerprint: str) -> Identity:
    """Return what a card or wallet is compared by; a fingerprint says nothing at another gateway."""
    return _identity(IdentityKind.CARD, f"{gateway}:{fingerprint}")


def _identity(kind: IdentityKind, text: str) -> Identity:
    # A hash, so that neither a closed account's address nor a card stays here to be read. The migration that brought
    # the table makes the same in SQL.
    return Identity(kind, str(UUID(bytes=sha256(f"{kind}:{text}".encode()).digest()[:16])))
