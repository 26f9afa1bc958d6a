"""One gateway's own settings: the variables under its prefix in the environment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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

    def one_of(self, name: str, default: str, allowed: Iterable[str]) -> str:
        """
        Return one of the values that are allowed, or the default.

        Raises:
            UnableToOpen: the value is another one.
        """
        value, wanted = self.optional(name, default), tuple(allowed)
        if value not in wanted:
            raise UnableToOpen(f"{self.prefix}{name} is {value!r}; one of {', '.join(wanted)} is wanted")
        return value

    def address(self, name: str, default: str) -> str:
        """
        Return the address of an API, without a slash at its end.

        It is https; plain http is for a double on this machine, or anywhere in development.

        Raises:
            UnableToOpen: it is not an address, or credentials would travel unencrypted.
        """
        text = self.optional(name, default).rstrip("/")
        parts = _split(text)
        is_plain = parts is not None and parts.scheme == "http" and self.may_be_double(parts.hostname)
        if parts is None or not (parts.scheme == "https" or is_plain):
            raise UnableToOpen(f"{self.prefix}{name} is {text!r}; an https address such as {default} is wanted")
        return text

    def may_be_double(self, host: str | None) -> bool:
        """Tell whether a double may answer there in the gateway's place: on this machine, or in development."""
        return host is not None and (host in LOOPBACK or self.is_development)

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


def _split(text: str) -> SplitResult | None:
    """Return the parts of an address, or None for one that names a user, a query or no host."""
    try:
        parts = urlsplit(text)
        has_more = bool(parts.query or parts.fragment or "@" in parts.netloc or (parts.port or 1) < 1)
    except ValueError:
        return None
    return None if has_more or not parts.hostname else parts
