"""A second person: what one operator may not do alone waits until another one has approved it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from domain.money import Money, money_of
from domain.refusal import Refusal

WAITS_FOR = timedelta(hours=24)
"""So long a request may be approved; then it is over, and has to be asked for again."""

COUNTS_FOR = timedelta(hours=24)
"""So long what an operator has done alone counts together with what they do further."""

NEEDS_SECOND = "NeedsSecondPerson"
"""The code of what one operator may not do alone."""


class RequestKind(StrEnum):
    """What needs a second person above a limit."""

    GRANT = "grant"
    REFUND = "refund"


class RequestState(StrEnum):
    """What became of a request; one that waits is over after a day."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class ApprovalLimits:
    """
    What one operator may do alone: grant an account so many seconds within a day, and give so many minor units of a
    currency back for one order; and, whatever the accounts and orders, so many of each within a day.

    What was done in parts counts together. A currency that is not named in `refund_minor` has no such limit: every
    refund in it needs two people. One that is not named in `refund_day_minor` has no sum of the day to look at.
    """

    grant_seconds: int = 36_000
    refund_minor: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"RUB": 1_000_000, "USD": 10_000, "EUR": 10_000})
    )
    grant_day_seconds: int = 180_000
    refund_day_minor: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"RUB": 5_000_000, "USD": 50_000, "EUR": 50_000})
    )

    def needs_second_for_grant(self, seconds: int) -> bool:
        """Tell whether granting an account so much within a day needs a second person."""
        return seconds > self.grant_seconds

    def needs_second_for_refund(self, money: Money) -> bool:
        """Tell whether giving so much back for one order needs a second person."""
        return money.minor > self.refund_minor.get(money.currency, 0)

    def needs_second_for_grants_of_day(self, seconds: int) -> bool:
        """Tell whether granting so much within a day, to any accounts, needs a second person."""
        return seconds > self.grant_day_seconds

    def needs_second_for_refunds_of_day(self, money: Money) -> bool:
        """Tell whether giving so much back within a day, for any orders, needs a second person."""
        return money.minor > self.refund_day_minor.get(money.currency, money.minor)


def read_refund_limits(text: str) -> dict[str, int]:
    """
    Return the limits of refunds that a setting says, in minor units by currency.

    Args:
        text: `RUB=10000,EUR=99.50`; empty: every refund needs two people.

    Raises:
        UnableToCount: a part of it is no currency with an amount.
    """
    limits = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        currency, _, amount = part.partition("=")
        limits[currency.strip()] = money_of(amount.strip(), currency.strip()).minor
    return limits


@dataclass(frozen=True, slots=True)
class OperatorRequest:
    """
    What somebody wants to do that needs a second person.

    `data` is the payload of the message that it becomes, and `message_id` its id; `object` is what it is done to, as
    the audit log names it, and `words` say it to people. `asked_by` and `decided_by` are names of operators. `outcome`
    says why an approved one came to nothing.
    """

    kind: RequestKind
    account_id: str
    object: str | None
    words: str
    data: Mapping[str, Any]
    message_id: str
    reason: str
    asked_by: str
    asked_at: datetime
    state: RequestState = RequestState.WAITING
    decided_by: str | None = None
    decided_at: datetime | None = None
    outcome: str | None = None
    id: int = 0

    @property
    def expires_at(self) -> datetime:
        """The moment from which it can be approved no more."""
        return self.asked_at + WAITS_FOR

    def is_over(self, *, at: datetime) -> bool:
        """Tell whether it has waited too long."""
        return self.state is RequestState.WAITING and at >= self.expires_at


def refuse_approval(request: OperatorRequest, by: str, *, at: datetime) -> Refusal | None:
    """Return why somebody cannot approve a request; None: they can, or have done so before."""
    if request.asked_by == by:
        return Refusal("SamePerson", f"{by} asked for it; somebody else has to approve it")
    if request.state is RequestState.APPROVED and request.decided_by == by:
        return None
    return _refuse_decision(request, at=at)


def refuse_decline(request: OperatorRequest, by: str, *, at: datetime) -> Refusal | None:
    """Return why a request cannot be declined, by its asker as well; None: it can, or they have done so before."""
    if request.state is RequestState.DECLINED and request.decided_by == by:
        return None
    return _refuse_decision(request, at=at)


def _refuse_decision(request: OperatorRequest, *, at: datetime) -> Refusal | None:
    if request.state is not RequestState.WAITING:
        return Refusal("NotWaiting", f"it was {request.state} by {request.decided_by} already")
    if request.is_over(at=at):
        return Refusal("RequestOver", "it has waited for more than a day; it has to be asked for again")
    return None
