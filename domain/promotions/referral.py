"""Referrals: an account invites another, and both are given minutes once the other has bought."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.refusal import Refusal


class ReferralStatus(StrEnum):
    """How far a referral is; README.md, "Referrals"."""

    ATTRIBUTED = "attributed"
    PENDING = "pending"
    QUALIFIED = "qualified"
    REFUSED = "refused"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class ReferralTerms:
    """
    What a referral gives, as it was promised when the friend came.

    `monthly_limit` bounds how many of one account's referrals are rewarded in a calendar month (UTC). A friend's
    purchase counts when it stands `window_days` after its payment, the time in which money is given back.
    `valid_days` are those of the packages, None: they never expire.
    """

    number: int
    referrer_seconds: int
    friend_seconds: int
    monthly_limit: int
    window_days: int
    valid_days: int | None = None
    is_open: bool = True

    def expires_at(self, at: datetime) -> datetime | None:
        """Return when minutes end that are given at a moment; None: never."""
        return None if self.valid_days is None else at + timedelta(days=self.valid_days)


@dataclass(frozen=True, slots=True)
class Referral:
    """
    One account that came because another has invited it.

    `order_id` is the purchase that qualifies it, `due_at` when it does. `referrer_seconds` and `friend_seconds` are
    what was given.
    """

    id: str
    referrer_id: str
    friend_id: str
    status: ReferralStatus
    terms: ReferralTerms
    attributed_at: datetime
    order_id: str | None = None
    due_at: datetime | None = None
    qualified_at: datetime | None = None
    ended_at: datetime | None = None
    why: str | None = None
    referrer_seconds: int = 0
    friend_seconds: int = 0
    referrer_voided_seconds: int = 0
    friend_voided_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """
    What speaks against a referral.

    `is_same_person`: both accounts are one person's. `is_circle`: the friend, or an account of the same person, has
    invited the referrer, or whoever has invited the referrer, and so on. `has_bought`: the friend is not new.
    `is_attributed`: somebody has invited the friend before.
    """

    is_same_person: bool = False
    is_circle: bool = False
    has_bought: bool = False
    is_attributed: bool = False


@dataclass(frozen=True, slots=True)
class FriendPurchase:
    """
    A purchase of a friend.

    `is_first`: the same person had bought nothing before that stands. `is_given_back`: its money was refunded in full
    or lost in a dispute. `is_contested`: a refund or a dispute is under way.
    """

    order_id: str
    paid_at: datetime
    is_first: bool = True
    is_given_back: bool = False
    is_contested: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a referral, and why where it comes to nothing; `due_at` when it is to be decided."""

    status: ReferralStatus
    why: str | None = None
    due_at: datetime | None = None


def refuse_attribution(terms: ReferralTerms | None, known: Acquaintance) -> Refusal | None:
    """
    Return why a friend cannot be attributed to whoever has invited them; None: they can.

    Source: README.md, "Referrals".
    """
    if terms is None or not terms.is_open:
        return Refusal("NotInviting", "friends cannot be invited at present")
    if known.is_same_person:
        return Refusal("OwnInvitation", "nobody can invite themselves")
    if known.is_attributed:
        return Refusal("InvitedAlready", "this account was invited before")
    if known.has_bought:
        return Refusal("NotNew", "an invitation is for those who have not bought yet")
    if known.is_circle:
        return Refusal("Circle", "those who were invited cannot invite whoever has invited them")
    return None


def after_purchase(referral: Referral, purchase: FriendPurchase, *, is_same_person: bool) -> Change | None:
    """
    Return what a purchase of the friend, as it is now, changes of a referral; None: nothing.

    Args:
        referral: as it is.
        purchase: paid; it may have been given back since.
        is_same_person: both accounts are one person's, as is known by now.
    """
    match referral.status:
        case ReferralStatus.ATTRIBUTED if not purchase.is_given_back:
            if is_same_person:
                return Change(ReferralStatus.REFUSED, "same_person")
            if not purchase.is_first:
                return Change(ReferralStatus.REFUSED, "not_new")
            window = timedelta(days=referral.terms.window_days)
            return Change(ReferralStatus.PENDING, due_at=purchase.paid_at + window)
        case ReferralStatus.PENDING | ReferralStatus.QUALIFIED if purchase.order_id == referral.order_id:
            return Change(ReferralStatus.REVERSED, "given_back") if purchase.is_given_back else None
        case _:
            return None


def after_window(referral: Referral, purchase: FriendPurchase, *, is_same_person: bool, at: datetime) -> Change | None:
    """
    Return what becomes of a pending referral once the time is over in which money is given back; None: it waits.

    Args:
        referral: as it is.
        purchase: the one that it is pending for, as it is now.
        is_same_person: both accounts are one person's, as is known by now.
        at: aware UTC.
    """
    if referral.status is not ReferralStatus.PENDING or referral.due_at is None or at < referral.due_at:
        return None
    if purchase.is_given_back:
        return Change(ReferralStatus.REVERSED, "given_back")
    if is_same_person:
        return Change(ReferralStatus.REFUSED, "same_person")
    return None if purchase.is_contested else Change(ReferralStatus.QUALIFIED)


def referrer_reward_seconds(terms: ReferralTerms, *, rewarded_this_month: int) -> int:
    """Return what whoever has invited is given for one more referral: nothing once the month's limit is reached."""
    return terms.referrer_seconds if rewarded_this_month < terms.monthly_limit else 0
