"""Referrals: what is promised, codes to invite by, who was invited, and what came of it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from messages.envelope import AboutAccount, Envelope
from messages.fields import MAX_GRANT_SECONDS, AccountId, Data, Moment, OrderId, PersonName, Seconds, Text64

RewardSeconds = Annotated[int, Field(strict=True, ge=0, le=MAX_GRANT_SECONDS)]
ReferralId = Annotated[Text64, Field(description="Our id of the referral")]


class ReferralTermsData(Data):
    """What is promised to whoever invites and to whoever comes."""

    referrer_seconds: RewardSeconds
    friend_seconds: RewardSeconds
    monthly_limit: Annotated[
        int, Field(strict=True, gt=0, le=10_000, description="Rewards of one referrer in a calendar month")
    ] = 10
    window_days: Annotated[
        int, Field(strict=True, ge=0, le=365, description="From the payment until it counts: when money is given back")
    ] = 14
    valid_days: Annotated[
        int | None, Field(strict=True, gt=0, le=3_650, description="Of both packages; without it, they never expire")
    ] = None
    is_open: Annotated[bool, Field(strict=True, description="Friends can be invited")] = True
    created_by: PersonName


class ReferralTermsSetRequested(Envelope):
    """An operator says what referrals give from now on; those that have begun keep their terms."""

    type: Literal["screph.referral.terms_set_requested.v1"]
    data: ReferralTermsData


class ReferralCodeData(Data):
    """Nothing: an account has one code for ever."""


class ReferralCodeRequested(AboutAccount):
    """An account wants its code and its link, to invite others."""

    type: Literal["screph.referral.code_requested.v1"]
    data: ReferralCodeData


class ReferralAttributionData(Data):
    """Who has invited the account: by their code, or by their account."""

    code: Annotated[Text64 | None, Field(description="As the friend has typed it")] = None
    referrer: AccountId | None = None

    @model_validator(mode="after")
    def _names_one(self) -> "ReferralAttributionData":
        if (self.code is None) == (self.referrer is None):
            raise ValueError("say `code` or `referrer`, one of them")
        return self


class ReferralAttributionRequested(AboutAccount):
    """An account, the friend, was invited by another."""

    type: Literal["screph.referral.attribution_requested.v1"]
    data: ReferralAttributionData


class ReferralQualifiedData(Data):
    """Who was invited, and what both sides were given."""

    referral_id: ReferralId
    friend: AccountId
    order_id: OrderId
    referrer_seconds: Annotated[Seconds, Field(description="0: the month's limit was reached")]
    friend_seconds: Seconds
    qualified_at: Moment


class ReferralQualified(AboutAccount):
    """A friend's first purchase stands; the subject is the account that has invited them."""

    type: Literal["screph.referral.qualified.v1"]
    data: ReferralQualifiedData


class ReferralReversedData(Data):
    """Whose purchase was given back, and what was taken back with it."""

    referral_id: ReferralId
    friend: AccountId
    order_id: OrderId
    was_qualified: Annotated[bool, Field(strict=True)]
    referrer_voided_seconds: Seconds
    friend_voided_seconds: Seconds


class ReferralReversed(AboutAccount):
    """The purchase of a friend was given back; the subject is the account that has invited them."""

    type: Literal["screph.referral.reversed.v1"]
    data: ReferralReversedData
