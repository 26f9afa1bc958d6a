"""Bonuses: minutes that are given, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BonusReason(StrEnum):
    """Why minutes are given. A referral gives to whoever invited, and to whoever was invited."""

    CODE = "code"
    PROGRAMME = "programme"
    REFERRAL = "referral"
    INVITED = "invited"
    CAMPAIGN = "campaign"
    COMPENSATION = "compensation"


@dataclass(frozen=True, slots=True)
class Bonus:
    """
    Minutes that are to be given to one account.

    `package_id` is made of their cause, so they are given once. `origin_id` names what gives them: a promotion, a
    programme, a referral, a campaign. `seconds` > 0. `expires_at` is exclusive, None never.
    """

    package_id: str
    reason: BonusReason
    origin_id: str
    seconds: int
    expires_at: datetime | None = None
