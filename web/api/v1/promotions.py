"""Promotions: what a code would change, and codes that need no purchase."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import Field

from domain.access.scope import Scope
from domain.refusal import Refusal
from messages.errors import Unavailable
from messages.fields import Code, Country, Currency, Data, Text64
from messages.promotions.codes import PromotionRedeemRequested
from web.api.v1.ask import ask
from web.api.v1.caller import CallerOf
from web.api.v1.fields import Amount, Answer, Seconds, amount
from web.api.v1.idempotency import IdempotencyKey
from web.api.v1.operation import Family
from web.api.v1.orders import CODES
from web.api.v1.problems import BARRED, refuse
from workers.promotions.quote import Asked
from workers.promotions.quoting import quote_all

family = Family("Promotions", "Codes, and what they give.")


class WantedQuote(Data):
    """A product, and the codes that are to count."""

    product_id: Annotated[Text64, Field(examples=["standard"])]
    codes: Annotated[list[Code], Field(max_length=2, examples=[["SUMMER10"]])] = Field(default_factory=list)
    currency: Currency | None = None
    country: Country | None = None
    gateway: Text64 | None = None


class PurchaseQuote(Answer):
    """What a purchase would come to now; nothing is reserved."""

    product_id: str
    list_price: Annotated[Amount, Field(description="Without codes")]
    price: Amount
    granted_seconds: Seconds
    bonus_seconds: Annotated[int, Field(description="That come besides", examples=[600])]
    bonus_valid_days: int | None
    periods: Annotated[int, Field(description="So many periods of a subscription cost that", examples=[1])]


class WantedRedemption(Data):
    """A code that needs no purchase."""

    code: Annotated[Code, Field(examples=["WELCOME"])]


class RedemptionAnswer(Answer):
    """What a code has given."""

    package_id: str
    granted_seconds: Seconds
    expires_at: datetime | None


QUOTE = {
    "product_id": "standard",
    "list_price": {"amount_minor": 69_900, "currency": "RUB"},
    "price": {"amount_minor": 62_910, "currency": "RUB"},
    "granted_seconds": 18_000,
    "bonus_seconds": 0,
    "bonus_valid_days": None,
    "periods": 1,
}

REDEEMED = {"package_id": "0f3a1d52-7c58-5b1d-9f0e-6a6b6d0c7c11", "granted_seconds": 1_800, "expires_at": None}


@family.add(
    "POST",
    "/promotions/quotes",
    Scope.ACCOUNT_READ,
    problems=(*CODES, "no_subscription"),
    answers=PurchaseQuote,
    asked={"product_id": "standard", "codes": ["SUMMER10"]},
    example=QUOTE,
)
def quote_promotion(request: Request, caller: CallerOf, wanted: WantedQuote) -> PurchaseQuote:
    """
    Ask what a purchase with codes would cost.

    Nothing is reserved. Codes that do not count are counted as tries; too many of them are refused for an hour.
    """
    asked = Asked(
        caller.account_id, wanted.product_id, tuple(wanted.codes), wanted.currency, wanted.country, wanted.gateway
    )
    quotes = quote_all(caller.context, asked, [wanted.product_id], address=caller.address(request))
    found = quotes if isinstance(quotes, Refusal) else quotes[wanted.product_id]
    if isinstance(found, Refusal):
        refuse(found.code, found.reason)
    same = ("product_id", "granted_seconds", "bonus_seconds", "bonus_valid_days", "periods")
    return PurchaseQuote(
        list_price=amount(found.list_price),
        price=amount(found.price),
        **{name: getattr(found, name) for name in same},
    )


@family.add(
    "POST",
    "/promotions/redemptions",
    Scope.ORDERS_WRITE,
    status=201,
    problems=(
        *BARRED,
        "needs_purchase",
        "unknown_code",
        "code_expired",
        "too_early",
        "used_by_you",
        "used_up",
        "used_up_today",
        "too_many_tries",
        "first_purchase_only",
        "returning_buyers_only",
    ),
    needs_key=True,
    answers=RedemptionAnswer,
    asked={"code": "WELCOME"},
    example=REDEEMED,
)
async def redeem_promotion(
    request: Request, caller: CallerOf, wanted: WantedRedemption, key: IdempotencyKey
) -> RedemptionAnswer:
    """Redeem a code that needs no purchase."""
    data = {"code": wanted.code, "address": caller.address(request)}
    answer = await ask(request, caller, PromotionRedeemRequested, data, key=key)
    if answer is None:
        raise Unavailable("the code could not be redeemed within the time for a request")
    return RedemptionAnswer.model_validate(answer)
