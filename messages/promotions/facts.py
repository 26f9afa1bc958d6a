"""What we send out about promotions, once it is committed."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount
from messages.fields import Data, Moment, Seconds, Text64, Text128

BonusReasonName = Literal["code", "programme", "referral", "invited", "campaign", "compensation"]


class BonusGrantedData(Data):
    """Which minutes were given, and why."""

    package_id: Text64
    granted_seconds: Seconds
    expires_at: Moment | None = None
    reason: BonusReasonName
    origin_id: Annotated[Text128, Field(description="What gives them: a promotion, programme, referral or campaign")]


class BonusGranted(AboutAccount):
    """Minutes were given that nobody paid for; `package.granted` says the same of every package."""

    type: Literal["screph.bonus.granted.v1"]
    data: BonusGrantedData
