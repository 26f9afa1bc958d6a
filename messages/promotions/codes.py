"""Messages about codes: operators make, export and pause them, and accounts redeem one without a purchase."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from messages.envelope import AboutAccount, Envelope
from messages.fields import (
    AccountId,
    BuyerAddress,
    Code,
    Currency,
    Data,
    GrantSeconds,
    Minor,
    Moment,
    PersonName,
    Reason,
    Text64,
)

PromotionId = Annotated[
    str,
    Field(
        strict=True,
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="Chosen by people, such as summer-2026; what gives its codes their terms",
    ),
]
MinorByCurrency = Annotated[dict[Currency, Annotated[Minor, Field(gt=0)]], Field(max_length=50)]
Count = Annotated[int, Field(strict=True, gt=0, le=2**31 - 1)]
Days = Annotated[int, Field(strict=True, gt=0, le=3_660)]

_NEEDS = {
    "percent_off": "share",
    "amount_off": "amounts_minor",
    "bonus_seconds": "seconds",
    "bonus_percent": "share",
    "free_package": "free_product_id",
}
"""kind -> the one field that says how much it gives."""


class PromotionData(Data):
    """What codes give, to whom, and how often; what is left out limits nothing."""

    promotion_id: PromotionId
    kind: Literal["percent_off", "amount_off", "bonus_seconds", "bonus_percent", "free_package"]
    share: Annotated[
        int | None, Field(strict=True, gt=0, le=10_000, description="In hundredths of a percent: 1000 is a tenth")
    ] = None
    amounts_minor: Annotated[MinorByCurrency | None, Field(description="Taken off, by currency")] = None
    seconds: Annotated[GrantSeconds | None, Field(description="Given besides")] = None
    free_product_id: Annotated[Text64 | None, Field(description="Whose package is free")] = None
    periods: Annotated[
        int,
        Field(strict=True, gt=0, le=1_200, description="Of a subscription: how many are cheaper, the first included"),
    ] = 1
    valid_days: Annotated[Days | None, Field(description="Of the minutes given besides; without it, for ever")] = None
    needs_purchase: Annotated[
        bool, Field(strict=True, description="A bonus comes with a purchase alone; false: the code itself is enough")
    ] = True
    starts_at: Moment | None = None
    ends_at: Annotated[Moment | None, Field(description="Exclusive")] = None
    product_ids: Annotated[tuple[Text64, ...], Field(max_length=1_000)] = ()
    currencies: Annotated[tuple[Currency, ...], Field(max_length=50)] = ()
    minimum_minor: Annotated[MinorByCurrency | None, Field(description="The least list price, by currency")] = None
    first_purchase_only: Annotated[bool, Field(strict=True)] = False
    buyers: Literal["all", "new", "returning"] = "all"
    returning_after_days: Annotated[int, Field(strict=True, ge=0, le=3_660)] = 0
    uses: Annotated[Count | None, Field(description="In all")] = None
    uses_each: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1, description="By one person; 0: any number")] = 1
    uses_a_day: Annotated[Count | None, Field(description="On one UTC day")] = None
    budget_seconds: Annotated[int | None, Field(strict=True, gt=0, le=2**53, description="Given besides, in all")] = (
        None
    )
    budget_minor: Annotated[MinorByCurrency | None, Field(description="Taken off in all, by currency")] = None
    code: Annotated[Code | None, Field(description="Its one code; without it, codes come in batches")] = None
    account_id: Annotated[AccountId | None, Field(description="Whose code it is; without it, everybody's")] = None
    created_by: PersonName

    @model_validator(mode="after")
    def _gives_what_its_kind_says(self) -> "PromotionData":
        named = {name for name in _NEEDS.values() if getattr(self, name) is not None}
        if named != {_NEEDS[self.kind]}:
            raise ValueError(f"{self.kind} needs `{_NEEDS[self.kind]}`, and nothing else that says how much")
        if not self.needs_purchase and self.kind not in ("bonus_seconds", "free_package"):
            raise ValueError(f"{self.kind} means nothing without a purchase")
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("`ends_at` is not after `starts_at`")
        if self.account_id is not None and self.code is None:
            raise ValueError("`account_id` needs `code`")
        return self


class PromotionCreateRequested(Envelope):
    """An operator makes a promotion, with its code if it has one."""

    type: Literal["screph.promotion.create_requested.v1"]
    data: PromotionData


class PromotionBatchData(Data):
    """How many codes for one use each are made."""

    promotion_id: PromotionId
    codes: Annotated[int, Field(strict=True, gt=0, le=100_000)]
    created_by: PersonName


class PromotionBatchRequested(Envelope):
    """An operator makes codes that nobody can guess."""

    type: Literal["screph.promotion.batch_requested.v1"]
    data: PromotionBatchData


class PromotionExportData(Data):
    """Which batch is given out, and to whom."""

    promotion_id: PromotionId
    batch: Annotated[int, Field(strict=True, gt=0, le=2**31 - 1)]
    exported_by: PersonName
    again: Annotated[bool, Field(strict=True, description="It was given out before, and that is known")] = False


class PromotionExportRequested(Envelope):
    """An operator takes the codes of a batch out; that is noted, and happens once unless it is asked for again."""

    type: Literal["screph.promotion.export_requested.v1"]
    data: PromotionExportData


class PromotionPauseData(Data):
    """Which promotion is switched off, or on again, by whom and why."""

    promotion_id: PromotionId
    is_paused: Annotated[bool, Field(strict=True)]
    paused_by: PersonName
    reason: Reason | None = None


class PromotionPauseRequested(Envelope):
    """An operator switches all codes of a promotion off, or on again; what is reserved stays."""

    type: Literal["screph.promotion.pause_requested.v1"]
    data: PromotionPauseData


class PromotionRedeemData(Data):
    """A code that needs no purchase."""

    code: Code
    address: BuyerAddress = None


class PromotionRedeemRequested(AboutAccount):
    """An account redeems a code; answered by `promotion.redeemed` or `promotion.refused`."""

    type: Literal["screph.promotion.redeem_requested.v1"]
    data: PromotionRedeemData
