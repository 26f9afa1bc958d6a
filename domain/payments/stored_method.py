"""A saved method as it is stored: whose it is, since when, and whether it may still be charged."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.gateway.payment import SavedMethod


class MethodEnd(StrEnum):
    """Why a saved method is charged no more."""

    FORGOTTEN = "forgotten"
    """The buyer asked for it."""
    LOST = "lost"
    """Its gateway does not have it any more."""


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """
    A method of an account that can be charged without the buyer, until it has ended.

    The methods of an account are tried by `preferred_at`, the latest first: that is when the method was saved or,
    later, chosen. `expires_on` is the last day of a card, where the gateway says it.
    """

    id: int
    account_id: str
    gateway: str
    token: str
    gateway_customer: str | None
    label: str
    expires_on: date | None
    saved_at: datetime
    preferred_at: datetime
    end_reason: MethodEnd | None = None
    ended_at: datetime | None = None

    @property
    def method(self) -> SavedMethod:
        """The method as the gateway's port takes it."""
        return SavedMethod(self.token, self.gateway_customer, self.label, self.expires_on)

    @property
    def is_usable(self) -> bool:
        """Tell whether it may be charged; an expired card may: banks replace cards, and the gateway decides."""
        return self.end_reason is None
