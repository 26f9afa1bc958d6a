"""What Screph's program reads: integers for ids, texts with two decimals for prices, whole minutes rounded down."""

from datetime import UTC, datetime
from typing import Any

from domain.minutes.package import Package, PackageKind
from domain.money import decimal_text
from store.minutes.read_offered import Offer, OfferedPackage, Profile

MAX_NUMBER = 2**31 - 1

NO_OFFER = 0
"""Stands for the number of a product in a package that was given, not bought."""

GIVEN = {
    PackageKind.PURCHASED: "Пакет минут",
    PackageKind.SUBSCRIPTION: "Минуты подписки",
    PackageKind.PROMO: "Подарочные минуты",
    PackageKind.BONUS: "Бонусные минуты",
    PackageKind.SUPPORT: "Минуты от поддержки",
}
"""What a package without a product is called, by how the account came by it."""


def profile_form(profile: Profile) -> dict[str, Any]:
    """Return the answer of `profile/`: packages with a whole minute left, in burn order."""
    number = user_number(profile.account_id, profile.number)
    return {
        "user": {"id": number, "username": profile.username or profile.account_id, "email": profile.email or ""},
        "active_packages": [
            package_form(one, number, left_seconds=one.package.left_seconds)
            for one in profile.packages
            if one.package.left_seconds >= 60
        ],
        "total_minutes_remaining": profile.available_seconds // 60,
    }


def package_form(offered: OfferedPackage, user: int, *, left_seconds: int) -> dict[str, Any]:
    """Return a package, as it was when it had so many seconds left."""
    package = offered.package
    return {
        "id": package.number,
        "user": user,
        "package": _given_form(package) if offered.offer is None else _offer_form(offered.offer),
        "purchase_date": _moment(package.activated_at),
        "minutes_remaining": left_seconds // 60,
        "is_active": left_seconds >= 60,
    }


def user_number(account_id: str, number: int) -> int:
    """Return the number of a user: their own, if their id is one, as that of the old backend's users is; else ours."""
    is_number = account_id.isascii() and account_id.isdecimal() and len(account_id) <= 10
    own = int(account_id) if is_number else 0
    return own if 0 < own <= MAX_NUMBER else number


def _offer_form(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.number,
        "name": offer.name,
        "description": offer.description,
        "minutes_amount": offer.granted_seconds // 60,
        "price": decimal_text(offer.price, decimals=2),
        "is_active": offer.is_active,
    }


def _given_form(package: Package) -> dict[str, Any]:
    return {
        "id": NO_OFFER,
        "name": GIVEN[package.kind],
        "description": "",
        "minutes_amount": package.granted_seconds // 60,
        "price": "0.00",
        "is_active": False,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
