"""What Screph says about its users. Queue `minute-usage`, so that it keeps its place before usage."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from messages.envelope import AboutAccount
from messages.fields import AccountId, Data, Printable

_ZONES = frozenset(available_timezones())


def _is_zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("is not a time zone of the IANA list, such as Europe/Moscow")
    return name


Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), Printable]
Locale = Annotated[
    str,
    StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"),
    Field(description="A BCP 47 language tag, such as ru or pt-BR"),
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217")]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_is_zone), Field(description="IANA name")]


class AccountData(Data):
    """What is known of a user; what is left out stays as it was."""

    email: Email | None = None
    locale: Locale | None = None
    currency: Currency | None = None
    time_zone: TimeZone | None = None
    referrer: Annotated[AccountId | None, Field(description="The account that invited this one")] = None


class AccountRegistered(AboutAccount):
    """A user is known to Screph, or something about them changed; the newest `time` wins."""

    type: Literal["screph.account.registered.v1"]
    data: AccountData
