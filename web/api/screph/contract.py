"""What Screph's two calls say, written down for the reference; their answers are made elsewhere, byte for byte."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

Money = Annotated[str, Field(pattern=r"^\d+\.\d\d$", examples=["299.00"])]


class ScrephUser(BaseModel):
    """The user, as Screph's program knows them."""

    id: int
    username: str
    email: str


class ScrephOffer(BaseModel):
    """The offer that a package was bought by."""

    id: int
    name: str
    description: str
    minutes_amount: int
    price: Money
    is_active: bool


class ScrephPackage(BaseModel):
    """A package with whole minutes left."""

    id: int
    user: int
    package: ScrephOffer
    purchase_date: datetime
    minutes_remaining: int
    is_active: bool


class ScrephProfile(BaseModel):
    """The user, their packages in burn order, and the whole minutes that they can spend."""

    user: ScrephUser
    active_packages: list[ScrephPackage]
    total_minutes_remaining: int


class ScrephSpending(BaseModel):
    """How many minutes are to be spent."""

    minutes_to_spend: Annotated[int, Field(gt=0, examples=[5])]


class ScrephSpent(BaseModel):
    """What was spent; the package is the last one that was taken from."""

    message: str
    package_updated: ScrephPackage
    total_minutes_remaining: int


class ScrephError(BaseModel):
    """What went wrong, in Russian; a good answer never has this key."""

    error: str


PACKAGE = {
    "id": 7,
    "user": 4711,
    "package": {
        "id": 1,
        "name": "Стартовый",
        "description": "100 минут",
        "minutes_amount": 100,
        "price": "299.00",
        "is_active": True,
    },
    "purchase_date": "2026-11-01T09:00:00Z",
    "minutes_remaining": 95,
    "is_active": True,
}

PROFILE = {
    "user": {"id": 4711, "username": "anna", "email": "anna@example.org"},
    "active_packages": [PACKAGE],
    "total_minutes_remaining": 95,
}

SPENT = {"message": "Списано 5 мин.", "package_updated": PACKAGE, "total_minutes_remaining": 95}


def answers(good: type[BaseModel], example: Any, errors: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a call for the reference: the good one, and errors by their status, each with a text."""
    found: dict[int | str, dict[str, Any]] = {
        200: {"model": good, "description": "As asked", "content": {"application/json": {"example": example}}}
    }
    for status, text in errors.items():
        content = {"application/json": {"example": {"error": text}}}
        found[status] = {"model": ScrephError, "description": "A text for the user", "content": content}
    return found
