"""What notices about promotions say: for each kind the fields that its templates may use."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BonusGranted:
    """
    Minutes were given. `reason` is code, programme, referral, invited, campaign or compensation.

    `expires_at` None: they never expire.
    """

    package_id: str
    reason: str
    granted_seconds: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FriendJoined:
    """
    Somebody whom the account has invited has bought for the first time.

    Unless the money is given back before `qualifies_at`, `reward_seconds` are granted then.
    """

    referral_id: str
    reward_seconds: int
    qualifies_at: datetime
