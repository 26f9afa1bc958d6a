"""What an account may do: requests to block, free and close it, and the facts that follow."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount
from messages.fields import Data, Moment, Reason, Source


class StandingData(Data):
    """Why; it stands with the account for whoever asks later."""

    reason: Reason


class AccountBlockRequested(AboutAccount):
    """An account may neither buy nor spend on request until it is freed; reported usage is booked all the same."""

    type: Literal["screph.account.block_requested.v1"]
    data: StandingData


class AccountUnblockRequested(AboutAccount):
    """An account is to be free to buy and spend again."""

    type: Literal["screph.account.unblock_requested.v1"]
    data: StandingData


class AccountCloseRequested(AboutAccount):
    """
    An account is to be closed for ever.

    What is known of the person is emptied, subscriptions and automatic top-up end, open checkouts are given up; ids
    and the ledger stay. Reported usage is booked all the same.
    """

    type: Literal["screph.account.close_requested.v1"]
    data: StandingData


class StandingFactData(Data):
    """Who asked for it, why, and when it took effect."""

    requested_by: Annotated[Source, Field(description="The source of the message that asked for it")]
    reason: str
    at: Moment


class AccountBlocked(AboutAccount):
    """An account may neither buy nor spend on request from now on."""

    type: Literal["screph.account.blocked.v1"]
    data: StandingFactData


class AccountUnblocked(AboutAccount):
    """An account may buy and spend again."""

    type: Literal["screph.account.unblocked.v1"]
    data: StandingFactData


class AccountClosed(AboutAccount):
    """An account is closed for ever, and what was known of the person is gone."""

    type: Literal["screph.account.closed.v1"]
    data: StandingFactData
