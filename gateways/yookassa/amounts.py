"""Money as YooKassa writes it: decimal text, always with two decimals, in the shop's one currency."""

from typing import Any

from domain.gateway.errors import CallRefused
from domain.money import Money, decimal_text, money_of

MINIMUM_MINOR = 100
"""YooKassa takes one rouble at the least, and one whole unit in the other currencies of its shops."""


def require_currency(money: Money, currency: str) -> None:
    """
    Refuse money that the shop does not take.

    Raises:
        CallRefused: it is in another currency than the shop's.
    """
    if money.currency != currency:
        raise CallRefused(
            "foreign_currency",
            f"this shop takes {currency} alone (YOOKASSA_CURRENCY); {money.currency} was asked for",
        )


def to_wire(money: Money) -> dict[str, str]:
    """Return an amount as YooKassa wants it, such as `{"value": "199.00", "currency": "RUB"}`."""
    return {"value": decimal_text(money, decimals=2), "currency": money.currency}


def from_wire(amount: dict[str, Any]) -> Money:
    """
    Return the money that YooKassa means.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the amount cannot be read.
    """
    return money_of(amount["value"], amount["currency"])
