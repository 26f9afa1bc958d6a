"""One gateway's own settings: the variables under its prefix in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass


class UnableToOpen(Exception):
    """A setting of a gateway is missing or wrong; the text says which one, and what would be right."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """
    The variables of one gateway, read by `boot.settings`.

    Args:
        prefix: such as `STRIPE_`.
        values: by name without the prefix, in upper case.
        is_development: a double may play the gateway, at any address.
    """

    prefix: str
    values: Mapping[str, str]
    is_development: bool = False

    def required(self, name: str, meaning: str) -> str:
        """
        Return a value that must be set.

        Raises:
            UnableToOpen: it is not set; `meaning` says what it is.
        """
        value = self.values.get(name, "").strip()
        if not value:
            raise UnableToOpen(f"{self.prefix}{name} is not set; it is {meaning}")
        return value

    def optional(self, name: str, default: str) -> str:
        """Return a value, or the default where it is not set."""
        return self.values.get(name, "").strip() or default

    def listed(self, name: str) -> tuple[str, ...]:
        """Return values separated by commas; none where it is not set."""
        return tuple(part.strip() for part in self.values.get(name, "").split(",") if part.strip())

    def whole_number(self, name: str, default: int) -> int:
        """
        Return a whole number >= 0, or the default.

        Raises:
            UnableToOpen: the value is not such a number.
        """
        text = self.optional(name, str(default))
        if not text.isdecimal():
            raise UnableToOpen(f"{self.prefix}{name} is {text!r}; a whole number is wanted")
        return int(text)
