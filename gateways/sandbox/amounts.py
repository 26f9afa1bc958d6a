"""Money as the sandbox writes it: minor units of ISO 4217 beside their currency, as we count ourselves."""

from collections.abc import Mapping
from typing import Any

from domain.money import Money

MINIMUM_MINOR = 1


def to_wire(money: Money) -> dict[str, int | str]:
    """Return the two fields of an amount."""
    return {"amount_minor": money.minor, "currency": money.currency}


def from_wire(body: Mapping[str, Any], *, field: str = "amount_minor") -> Money:
    """Return the money in one of an object's fields."""
    return Money(body[field], body["currency"])
