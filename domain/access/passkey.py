"""Passkeys: what signs an operator's second factor, or a buyer, with a key that never leaves their device."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

CHALLENGE_LIFETIME = timedelta(minutes=5)
"""How long a challenge may be answered; once, in any case."""

MAX_CHALLENGES_OF_ADDRESS = 60
"""So many unanswered ones may be open for an address of the internet; a whole office may have one."""

MAX_PASSKEYS = 10
"""Of one operator or account."""

NAME_CHARACTERS = 60


class Purpose(StrEnum):
    """What a challenge is for; an answer to one counts for nothing else."""

    ADD = "add"
    SIGN_IN = "sign_in"
    PROVE = "prove"


class Fault(StrEnum):
    """Why an answer to a challenge does not count."""

    NONE_OF_OURS = "none_of_ours"
    """The challenge was answered before, is over, was another browser's, or nobody has this passkey."""

    WRONG = "wrong"
    """The answer is not right: another page's, another key's, nobody was verified, or a counter went back."""

    TOO_MANY = "too_many"
    """There are as many passkeys as may be."""

    KNOWN = "known"
    """The passkey was added before."""


@dataclass(frozen=True, slots=True)
class Site:
    """The pages that a passkey is for: `id` is their host name, `origin` what browsers say of them."""

    id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Holder:
    """
    Whose a passkey is: an operator or an account, by number.

    `handle` is what an authenticator keeps of them; it says nothing about a person.
    """

    kind: str
    number: int

    @property
    def handle(self) -> bytes:
        """Return what authenticators keep."""
        return f"{self.kind}/{self.number}".encode()


def operator_holder(number: int) -> Holder:
    """Return an operator as one who has passkeys."""
    return Holder("operator", number)


def account_holder(number: int) -> Holder:
    """Return an account as one that has passkeys."""
    return Holder("account", number)


def passkey_name(text: str) -> str:
    """Return how a passkey is called, for its owner's list; never empty."""
    name = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:NAME_CHARACTERS].strip()
    return name or "Passkey"
