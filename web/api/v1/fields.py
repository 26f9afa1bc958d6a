"""The kinds of value that requests and answers are made of."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from domain.money import Money


class Answer(BaseModel):
    """The base of what is answered; its fields are written out, so nothing else ever leaves."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Amount(Answer):
    """Money: whole minor units, and the currency they are of."""

    amount_minor: Annotated[int, Field(description="Whole minor units of the currency", examples=[29900])]
    currency: Annotated[str, Field(description="ISO 4217", examples=["RUB"])]


ResourceId = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[!-~]+$", description="Our id of it")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Its number")]
PositiveMinor = Annotated[int, Field(strict=True, gt=0, le=10**12, description="Whole minor units", examples=[29900])]
Seconds = Annotated[int, Field(description="Whole seconds", examples=[18000])]
At = Annotated[datetime, Field(description="A moment in UTC", examples=["2026-11-28T09:00:00Z"])]


def amount(money: Money) -> Amount:
    """Return money as answers have it."""
    return Amount(amount_minor=money.minor, currency=money.currency)
