"""A gateway's own settings: what it finds under its prefix in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass


class UnableToOpen(Exception):
    """A setting of a gateway is missing or wrong; the text says which, and what would be right."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """
    The variables of one gateway, read by `boot.settings`.

    Args:
        prefix: such as `STRIPE_`.
        values: by name without the prefix, in upper case; empty ones are left out.
        is_development: whether a double of the gateway may be spoken to, wherever it is.
    """

    prefix: str
    values: Mapping[str, str]
    is_development: bool = False

    def wanted(self, name: str, meaning: str) -> str:
        """
        Return a value that must be there.

        Raises:
            UnableToOpen: it is not; `meaning` says what it is.
        """
        value = self.values.get(name, "").strip()
        if not value:
            raise UnableToOpen(f"{self.prefix}{name} is not set; it is {meaning}")
        return value

    def given(self, name: str, default: str) -> str:
        """Return a value, or the default."""
        return self.values.get(name, "").strip() or default

    def listed(self, name: str) -> tuple[str, ...]:
        """Return values separated by commas."""
        return tuple(part.strip() for part in self.values.get(name, "").split(",") if part.strip())

    def whole(self, name: str, default: int) -> int:
        """
        Return a whole number >= 0, or the default.

        Raises:
            UnableToOpen: it is none.
        """
        text = self.given(name, str(default))
        if not text.isdecimal():
            raise UnableToOpen(f"{self.prefix}{name} is {text!r}; a whole number is wanted")
        return int(text)
