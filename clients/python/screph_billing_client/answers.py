"""What the API answers, as far as most programs need it; `raw` is all of it. New fields there change nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

DECIMALS = (
    dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    )
    | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
    | dict.fromkeys(["CLF", "UYW"], 4)
)
"""Of the currencies that do not have two. Source: ISO 4217."""


@dataclass(frozen=True, slots=True)
class Money:
    """Whole minor units, and the currency (ISO 4217) they are of; as a text `299.00 RUB` or `500 JPY`."""

    amount_minor: int
    currency: str

    def __str__(self) -> str:
        decimals = DECIMALS.get(self.currency, 2)
        sign, digits = ("-" if self.amount_minor < 0 else ""), str(abs(self.amount_minor)).rjust(decimals + 1, "0")
        amount = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
        return f"{sign}{amount} {self.currency}"


@dataclass(frozen=True, slots=True)
class Package:
    """Minutes that an account owns; `expires_at` is exclusive, None never."""

    id: str
    kind: str
    title: str | None
    granted_seconds: int
    left_seconds: int
    activated_at: datetime
    expires_at: datetime | None
    raw: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Balance:
    """
    What can be spent, what is owed, and what ends next.

    `sequence` grows with each change. `level` is `good`, `low` (10 minutes and less) or `critical` (5 and less).
    """

    sequence: int
    available_seconds: int
    debt_seconds: int
    level: str
    next_expiry_at: datetime | None
    next_expiry_seconds: int
    packages: tuple[Package, ...] = ()

    @property
    def available_minutes(self) -> int:
        """Whole minutes, floored: nobody is promised one that is not full."""
        return self.available_seconds // 60


@dataclass(frozen=True, slots=True)
class Product:
    """What is on offer, in one language and currency."""

    id: str
    name: str
    description: str
    granted_seconds: int
    price: Money
    raw: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase; while it can be paid, `redirect_url` is where."""

    id: str
    status: str
    title: str
    price: Money
    redirect_url: str | None
    paid_at: datetime | None
    raw: Json = field(repr=False)

    @property
    def is_open(self) -> bool:
        """Whether it may still be paid."""
        return self.status in ("pending", "action_required", "approved")


def read_balance(body: Json) -> Balance:
    """Return a balance as the API or its stream says it."""
    expiry, seconds = body.get("next_expiry") or {}, body["available_seconds"]
    return Balance(
        body["sequence"],
        seconds,
        body["debt_seconds"],
        body.get("level") or ("good" if seconds > 600 else "low" if seconds > 300 else "critical"),
        moment(expiry.get("at")),
        expiry.get("seconds", 0),
        tuple(read_package(one) for one in body.get("packages") or ()),
    )


def read_package(body: Json) -> Package:
    """Return a package."""
    begins = moment(body["activated_at"])
    assert begins is not None
    same = {name: body[name] for name in ("id", "kind", "title", "granted_seconds", "left_seconds")}
    return Package(**same, activated_at=begins, expires_at=moment(body["expires_at"]), raw=body)


def read_product(body: Json) -> Product:
    """Return a product."""
    same = {name: body[name] for name in ("id", "name", "description", "granted_seconds")}
    return Product(**same, price=Money(**body["price"]), raw=body)


def read_order(body: Json) -> Order:
    """Return an order, whole or from a list."""
    same = {name: body[name] for name in ("id", "status", "title")}
    address = body.get("redirect_url")
    return Order(**same, price=Money(**body["price"]), redirect_url=address, paid_at=moment(body["paid_at"]), raw=body)


def moment(text: str | None) -> datetime | None:
    """Return a moment, aware, in UTC."""
    return None if text is None else datetime.fromisoformat(text)
