"""What was typed into a form: read field by field, with what is wrong said beside its field; nothing typed is lost."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request

from domain.money import UnableToCount, money_of
from i18n.currencies import currencies_in_use

MOST = 2**31 - 1
"""The largest whole number that a field takes, unless it says otherwise."""

_NOT_CONTENT = frozenset({"form_secret", "form_id", "proof", "shown", "accounts_shown", "do", "reason"})
"""Fields about the sending of a form; whatever else stands in it is what it asks for."""

_AMOUNT = re.compile(r"([0-9]{1,15}(?:[.][0-9]{1,4})?)\s*([A-Za-z]{3})")
_BETWEEN = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class Typed:
    """
    The fields of a form as they were typed, and what is wrong with them, by field.

    Each method returns what one field says, or None where it is empty or wrong; what is wrong is noted in `faults`,
    a sentence for each field. `labels` are what its page calls them.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return what stands in a field, as it was typed."""
        return self.given.get(name, "")

    def fault(self, name: str) -> str | None:
        """Return what is wrong with a field."""
        return self.faults.get(name)

    def labelled(self, name: str, label: str) -> str:
        """Return what a page calls a field, and remember it for the faults."""
        self.labels[name] = label
        return label

    def label(self, name: str) -> str:
        """Return what the page calls a field."""
        return self.labels.get(name) or name.replace("_", " ").capitalize()

    def text(self, name: str, *, most: int = 64, required: bool = False) -> str | None:
        """Return a text without the spaces around it, of at most so many characters."""
        value = self[name].strip()
        if len(value) > most:
            self.faults[name] = f"It has {len(value)} characters; at most {most} are possible."
            return None
        if not value and required:
            self.faults[name] = "It is needed."
        return value or None

    def whole(self, name: str, *, least: int = 1, most: int = MOST, required: bool = False) -> int | None:
        """Return a whole number within limits, both included."""
        value = self.text(name, most=40, required=required)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,18}", value) or not least <= int(value) <= most:
            self.faults[name] = f"A whole number from {least} to {most} is wanted."
            return None
        return int(value)

    def share(self, name: str) -> int | None:
        """Return a percentage in hundredths of a percent: `12.5` is 1250."""
        value = self.text(name, most=10, required=True)
        if value is None:
            return None
        try:
            hundredths = Decimal(value.replace(",", ".").removesuffix("%").strip()) * 100
        except ArithmeticError:
            hundredths = Decimal("NaN")
        if not hundredths.is_finite() or hundredths % 1 or not 0 < hundredths <= 10_000:
            self.faults[name] = "A percentage up to 100 is wanted, with two decimals at the most, such as 12.5."
            return None
        return int(hundredths)

    def amounts(self, name: str, *, required: bool = False, may_be_zero: bool = False) -> dict[str, int] | None:
        """Return amounts with their currencies, `100.00 RUB, 5 EUR`, as minor units by currency."""
        value = self.text(name, most=500, required=required)
        if value is None:
            return None
        left, found = value, dict[str, int]()
        while left:
            one = _AMOUNT.match(left)
            currency = one[2].upper() if one else ""
            if one is None or currency not in currencies_in_use():
                self.faults[name] = "Amounts with their currencies are wanted, such as 100.00 RUB, 5.00 EUR."
                return None
            try:
                found[currency] = money_of(one[1], currency).minor
            except UnableToCount as error:
                self.faults[name] = f"{str(error)[:1].upper()}{str(error)[1:]}."
                return None
            left = left[one.end() :].lstrip(",; \t\r\n")
        if not may_be_zero and 0 in found.values():
            self.faults[name] = "An amount is more than 0."
            return None
        return found

    def currencies(self, name: str) -> list[str]:
        """Return codes of currencies."""
        codes = [code.upper() for code in self.names(name)]
        if not currencies_in_use().issuperset(codes):
            self.faults[name] = "Currencies are wanted, such as RUB, EUR."
        return codes

    def names(self, name: str) -> list[str]:
        """Return ids between which commas or spaces stand."""
        return [each for each in _BETWEEN.split(self.text(name, most=4_000) or "") if each]

    def moment(self, name: str) -> str | None:
        """Return a moment in UTC, `2026-12-01T10:00` or with a space, as messages carry it."""
        value = self.text(name, most=40)
        if value is None:
            return None
        try:
            at = datetime.fromisoformat(value)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            self.faults[name] = "A moment in UTC is wanted, such as 2026-12-01 10:00."
            return None
        return at.isoformat()

    def choice(self, name: str, options: Collection[str]) -> str:
        """Return which option is chosen; the first one where none is."""
        value = self[name] or next(iter(options))
        if value not in options:
            self.faults[name] = "Choose one of those that there are."
            return next(iter(options))
        return value

    def ticked(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return bool(self[name])


async def _typed(request: Request) -> Typed:
    form = await request.form()
    return Typed({name: value for name, value in form.items() if isinstance(value, str)})


AsTyped = Annotated[Typed, Depends(_typed)]
"""A parameter of an action: its form as it was typed."""


def digest_of(typed: Typed) -> str:
    """Return what tells the content of a form from any other; what stands in every form does not count."""
    content = sorted((name, value) for name, value in typed.given.items() if name not in _NOT_CONTENT and value)
    return sha256(repr(content).encode()).hexdigest()


def was_shown(typed: Typed) -> bool:
    """Tell whether a form says what its preview has shown."""
    return compare_digest(typed["shown"], digest_of(typed))
