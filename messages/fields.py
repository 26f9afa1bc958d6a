"""The kinds of value that messages are made of."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

MAX_USAGE_SECONDS = 31 * 86_400
"""A single usage longer than 31 days is a producer's mistake, not a usage."""

MAX_GRANT_SECONDS = 10_000 * 3_600
"""More than 10 000 hours in one package is a mistake, not a grant."""

MAX_METADATA_BYTES = 4_096

TRACEPARENT = r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
"""Version, trace id, parent id and flags, as W3C Trace Context has them."""

_INVALID = re.compile(r"ff-.*|..-0{32}-.*|..-.{32}-0{16}-..")


_LEAP_SECOND = re.compile(r"[Tt]\d\d:?\d\d:60(?!\d)")


def traceparent_of(value: object) -> str | None:
    """Return a value if it is a traceparent, else None: a broken trace is no reason to refuse a message."""
    if isinstance(value, str) and re.fullmatch(TRACEPARENT, value) and not _INVALID.fullmatch(value):
        return value
    return None


def _is_text(moment: Any) -> Any:
    # Seconds or milliseconds would be a guess; the contract says RFC 3339.
    if isinstance(moment, datetime):
        return moment
    if isinstance(moment, str) and "T" in moment.upper():
        if ":60" in moment and _LEAP_SECOND.search(moment):
            raise ValueError("names second 60, a leap second, which cannot be stored; write second 59")
        return moment
    raise ValueError("is not a moment such as 2026-11-23T09:30:00Z")


def _in_utc(moment: datetime) -> datetime:
    # Near the ends of the calendar the conversion itself would fail, so it is checked twice.
    if 1999 <= moment.year <= 3000:
        moment = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        if 2000 <= moment.year < 3000:
            return moment
    raise ValueError("is not a moment of the years 2000 to 2999")


def _is_small(metadata: dict[str, Any]) -> dict[str, Any]:
    try:
        size_bytes = len(orjson.dumps(metadata))
    except orjson.JSONEncodeError as error:
        raise ValueError("is nested deeper than 250 levels, more than can be stored") from error
    if size_bytes > MAX_METADATA_BYTES:
        raise ValueError(f"is {size_bytes} bytes of JSON; at most {MAX_METADATA_BYTES} are stored")
    if any(isinstance(value, float) and abs(value) >= 2**63 for value in _leaves(metadata)):
        raise ValueError("holds a number beyond 64 bits, which cannot be stored to the last digit; make it a text")
    return metadata


def _leaves(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        else:
            yield item


def _is_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return text


def _says_something(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank; say something")
    return text.strip()


def _text(max_length: int) -> Any:
    return StringConstraints(strict=True, min_length=1, max_length=max_length)


Printable = AfterValidator(_is_printable)
Text64 = Annotated[str, _text(64), Printable]
Text128 = Annotated[str, _text(128), Printable]
Text500 = Annotated[str, _text(500), Printable]
Reason = Annotated[Text500, AfterValidator(_says_something)]
PersonName = Annotated[Text128, AfterValidator(_says_something)]
AccountId = Annotated[Text64, Field(description="Screph's own id of the user")]
MessageId = Annotated[Text128, Field(description="Unique for ever within its source")]
Source = Annotated[Text128, Field(description="Who speaks; with `id` it names the message")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1")]
Address = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2000)]
Code = Annotated[str, _text(128), Field(description="A code as the buyer has typed it")]
Codes = Annotated[tuple[Code, ...], Field(max_length=2, description="Promo codes: at most one discount and one bonus")]
BuyerAddress = Annotated[
    Text64 | None,
    Field(description="The IP address that the buyer's request came from; it limits how many codes are tried from it"),
]
Minor = Annotated[int, Field(strict=True, ge=0, le=10**12, description="Whole minor units of the currency")]
RowId = Annotated[int, Field(strict=True, gt=0, le=2**63 - 1)]
"""The id of a row, as far as one can be stored."""
OrderId = Annotated[Text64, Field(description="Our id of the order")]
Locale = Annotated[
    str,
    StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"),
    Field(description="A BCP 47 language tag, such as ru or pt-BR"),
]
Moment = Annotated[AwareDatetime, BeforeValidator(_is_text), AfterValidator(_in_utc)]
UsageSeconds = Annotated[int, Field(strict=True, gt=0, le=MAX_USAGE_SECONDS)]
UsageMinutes = Annotated[int, Field(strict=True, gt=0, le=MAX_USAGE_SECONDS // 60)]
GrantSeconds = Annotated[int, Field(strict=True, gt=0, le=MAX_GRANT_SECONDS)]
GrantMinutes = Annotated[int, Field(strict=True, gt=0, le=MAX_GRANT_SECONDS // 60)]
Seconds = Annotated[int, Field(strict=True, ge=0)]
Metadata = Annotated[
    dict[str, Any],
    AfterValidator(_is_small),
    Field(description=f"Anything of the producer's, up to {MAX_METADATA_BYTES} bytes; stored, never read"),
]


Traceparent = Annotated[
    str | None,
    BeforeValidator(traceparent_of),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": TRACEPARENT,
            "description": "W3C Trace Context: the trace that the message belongs to. A malformed one is ignored",
        }
    ),
]


class Data(BaseModel):
    """The base of every payload: frozen, and closed, so that a misspelt field is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def exactly_one(seconds: int | None, minutes: int | None) -> None:
    """
    Check that a length of time is given once.

    Raises:
        ValueError: both or neither of `seconds` and `minutes` are there.
    """
    if (seconds is None) == (minutes is None):
        raise ValueError("give exactly one of `seconds` and `minutes`")
