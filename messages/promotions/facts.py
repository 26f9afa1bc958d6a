"""What we send out about promotions, once it is committed."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount
from messages.fields import (
    Code,
    Currency,
    Data,
    MessageId,
    Minor,
    Moment,
    OrderId,
    Seconds,
    Source,
    Text64,
    Text128,
    Text500,
)

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


class PromotionRedeemedData(Data):
    """Which code was used, for what, and what it gave."""

    promotion_id: Text128
    code: Annotated[Code, Field(description="As it was made")]
    role: Literal["discount", "bonus"]
    order_id: Annotated[OrderId | None, Field(description="Without it, the code needed no purchase")] = None
    discount_minor: Minor = 0
    currency: Annotated[Currency | None, Field(description="Of the discount")] = None
    bonus_seconds: Seconds = 0


class PromotionRedeemed(AboutAccount):
    """A use of a code counts for good: its order is paid, or its minutes are there."""

    type: Literal["screph.promotion.redeemed.v1"]
    data: PromotionRedeemedData


class PromotionRefusedData(Data):
    """Which request was refused, named by its `(source, id)`, and why."""

    request_source: Source
    request_id: MessageId
    code: Annotated[Text64, Field(description="Of the reason, such as UnknownCode")]
    reason: Text500


class PromotionRefused(AboutAccount):
    """A code gives nothing; of a purchase with codes, `purchase.failed` says the same."""

    type: Literal["screph.promotion.refused.v1"]
    data: PromotionRefusedData
