"""A product: an offer in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.money import Money
from domain.periods import PeriodUnit


class ProductKind(StrEnum):
    """How often it is paid."""

    ONE_OFF = "one_off"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Wording:
    """What a product is called in one language."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """
    An offer in the catalogue.

    `granted_seconds` > 0 are what a buyer gets, for `valid_days` from the payment on, or without
    end. A subscription is paid for every `period`, and its seconds end with it unless `valid_days` says otherwise;
    it may begin with a trial: `trial_days` that are free, in which `trial_seconds` > 0 can be used. `prices` has a
    price per currency, never a conversion; `wordings` a name per language tag.
    """

    id: str
    kind: ProductKind
    granted_seconds: int
    valid_days: int | None
    is_active: bool = True
    prices: Mapping[str, Money] = field(default_factory=dict)
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    period: PeriodUnit | None = None
    trial_days: int | None = None
    trial_seconds: int | None = None

    def wording(self, locale: str | None) -> Wording:
        """Return its name in a language, else in English, else in the first there is, else its id."""
        for tag in (locale, (locale or "").split("-")[0], "en"):
            if tag and tag in self.wordings:
                return self.wordings[tag]
        return next(iter(self.wordings.values()), Wording(self.id))

    def expires_at(self, activated_at: datetime) -> datetime | None:
        """Return when a package of it ends that begins at a moment; None: never."""
        return None if self.valid_days is None else activated_at + timedelta(days=self.valid_days)
