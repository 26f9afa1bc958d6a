"""What Screph says about its users. Queue `minute-usage`, so that it keeps its place before usage."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from messages.envelope import AboutAccount
from messages.fields import AccountId, Currency, Data, Locale, Printable, Text128

_ZONES = frozenset(available_timezones())


def _is_zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("is not a time zone of the IANA list, such as Europe/Moscow")
    return name


Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), Printable]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_is_zone), Field(description="IANA name")]


class AccountData(Data):
    """What is known of a user; what is left out stays as it was."""

    username: Annotated[Text128 | None, Field(description="What Screph calls the user")] = None
    email: Email | None = None
    locale: Locale | None = None
    currency: Currency | None = None
    time_zone: TimeZone | None = None
    referrer: Annotated[AccountId | None, Field(description="The account that invited this one")] = None


class AccountRegistered(AboutAccount):
    """A user is known to Screph, or something about them changed; the newest `time` wins."""

    type: Literal["screph.account.registered.v1"]
    data: AccountData
