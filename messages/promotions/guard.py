"""Messages about the guard: our own reminder, and the fact that it has switched a promotion off."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import Envelope
from messages.fields import Data, Moment, Text64


class GuardData(Data):
    """Nothing: every promotion that is on is looked after."""


class PromotionsGuardRequested(Envelope):
    """Promotions that are used much faster than ever are to be switched off."""

    type: Literal["screph.promotions_guard.requested.v1"]
    data: GuardData


class PromotionPausedData(Data):
    """Which promotion was switched off, and how fast it was used."""

    promotion_id: Text64
    uses_last_hour: Annotated[int, Field(ge=0)]
    busiest_hour_before: Annotated[int, Field(ge=0, description="Of the seven days before")]
    paused_at: Moment


class PromotionPaused(Envelope):
    """The guard has switched a promotion off; a person looks and resumes it, or does not."""

    type: Literal["screph.promotion.paused.v1"]
    data: PromotionPausedData
