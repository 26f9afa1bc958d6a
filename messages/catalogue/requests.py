"""Messages about the catalogue: operators make products, price and word them, and put them on sale or take them off."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from messages.envelope import Envelope
from messages.fields import (
    Currency,
    Data,
    GrantMinutes,
    GrantSeconds,
    Locale,
    Minor,
    PersonName,
    Printable,
    Reason,
    Text500,
    exactly_one,
)

ProductId = Annotated[
    str,
    Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Chosen by people, such as standard"),
]
PriceMinor = Annotated[Minor, Field(gt=0)]


class WordingData(Data):
    """What a product is called in one language."""

    name: Text500
    description: Annotated[str, Field(strict=True, max_length=500), Printable] = ""


class ProductCreateData(Data):
    """What is sold, how long it can be used, and for how much."""

    product_id: ProductId
    kind: Literal["one_off", "subscription"] = "one_off"
    seconds: Annotated[GrantSeconds | None, Field(description="What a buyer gets; or `minutes`")] = None
    minutes: GrantMinutes | None = None
    valid_days: Annotated[int | None, Field(strict=True, gt=0, le=36_500, description="Without it, for ever")] = None
    period: Annotated[
        Literal["day", "week", "month", "year"] | None, Field(description="A subscription is paid for each")
    ] = None
    trial_days: Annotated[int | None, Field(strict=True, gt=0, le=365, description="Of a free trial")] = None
    trial_seconds: Annotated[GrantSeconds | None, Field(description="What can be used in it")] = None
    prices_minor: Annotated[dict[Currency, PriceMinor], Field(min_length=1, max_length=50)]
    wordings: Annotated[dict[Locale, WordingData], Field(min_length=1, max_length=50)]
    created_by: PersonName

    @model_validator(mode="after")
    def _is_whole(self) -> "ProductCreateData":
        exactly_one(self.seconds, self.minutes)
        if (self.kind == "subscription") != (self.period is not None):
            raise ValueError("a subscription, and nothing else, has a `period`")
        if self.trial_days is not None and self.period is None:
            raise ValueError("a subscription alone has a trial")
        if (self.trial_days is None) != (self.trial_seconds is None):
            raise ValueError("a trial says `trial_days` and `trial_seconds`")
        return self

    @property
    def granted_seconds(self) -> int:
        """What a buyer gets, in seconds."""
        return self.seconds if self.seconds is not None else 60 * (self.minutes or 0)


class ProductCreateRequested(Envelope):
    """An operator makes a product; it is not on sale yet."""

    type: Literal["screph.product.create_requested.v1"]
    data: ProductCreateData


class PriceSetData(Data):
    """Which price is wanted, and which one was known to whoever wants it."""

    product_id: ProductId
    currency: Currency
    amount_minor: Annotated[PriceMinor | None, Field(description="Without it, not sold in this currency")] = None
    expected_minor: Annotated[
        Minor | None, Field(description="As it was when this was asked for; without it, there was none")
    ] = None
    reason: Reason
    changed_by: PersonName


class ProductPriceSetRequested(Envelope):
    """An operator changes the price of a product in one currency; what was ordered before keeps its own."""

    type: Literal["screph.product.price_set_requested.v1"]
    data: PriceSetData


class WordingSetData(Data):
    """What a product is called in one language from now on."""

    product_id: ProductId
    locale: Locale
    wording: WordingData
    changed_by: PersonName


class ProductWordingSetRequested(Envelope):
    """An operator says what a product is called in one language."""

    type: Literal["screph.product.wording_set_requested.v1"]
    data: WordingSetData


class ProductSwitchData(Data):
    """Whether a product is to be on sale, and why that changes."""

    product_id: ProductId
    is_active: Annotated[bool, Field(strict=True)]
    reason: Reason
    changed_by: PersonName


class ProductSwitchRequested(Envelope):
    """An operator puts a product on sale, or takes it off; what was bought stays."""

    type: Literal["screph.product.switch_requested.v1"]
    data: ProductSwitchData
