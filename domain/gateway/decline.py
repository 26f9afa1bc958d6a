"""Declines: why no money came, and what may help."""

from dataclasses import dataclass, field
from enum import StrEnum


class Retry(StrEnum):
    """
    What a declined charge asks for.

    Source: domain/payments/README.md, "Declines".
    """

    LATER = "later"
    CUSTOMER_ACTION = "customer_action"
    NEW_METHOD = "new_method"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Decline:
    """
    Why no money came: what may help, and the gateway's own code.

    `is_vague`: the code is unknown here, or says nothing; more than two more tries would only annoy the card's bank.
    """

    retry: Retry
    code: str
    is_vague: bool = field(default=False, compare=False)
