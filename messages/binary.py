"""CloudEvents in binary mode: the attributes stand in AMQP's headers, and the body is the data alone."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from messages.faults import describe, fault_of_encoding

_PREFIXES = ("cloudEvents:", "cloudEvents_")
"""Both are in the AMQP binding of CloudEvents: the second is for clients that cannot write a colon."""

_LOOK_ALIKES = ("ce-", "ce_", "ce:", "cloudevents-", "cloudevents_", "cloudevents:")
"""In lower case: the prefixes of other bindings, HTTP's and Kafka's, and of other ways to write AMQP's."""

_STRUCTURED = "application/cloudevents"

_NAMING = ("id", "source", "subject")
"""Attributes that may be any text; the others have a form of their own."""

_ESCAPED = re.compile(r"\\x[89a-f][0-9a-f]")
"""How a byte that belongs to no text in UTF-8 is shown (broker/properties.py)."""


class UnableToConvert(ValueError):
    """The data of a message in binary mode are not JSON, so no event can be made of them."""

    code = "NotJson"


class ContradictoryAttributes(UnableToConvert):
    """One attribute stands in two headers, with two values."""

    code = "Invalid"


class NotText(UnableToConvert):
    """An attribute is no text in UTF-8."""

    code = "Invalid"


def is_binary(content_type: str | None, headers: Mapping[str, Any]) -> bool:
    """Tell whether the attributes of a message are in its headers."""
    if content_type is not None and content_type.strip().lower().startswith(_STRUCTURED):
        return False
    return any(name.startswith(_PREFIXES) for name in headers)


def misspelt_header(headers: Mapping[str, Any]) -> str | None:
    """Return the name of a header that looks like an attribute in binary mode and is none; None if there is none."""
    return next(
        (name for name in headers if name.lower().startswith(_LOOK_ALIKES) and not name.startswith(_PREFIXES)), None
    )


def as_structured(content_type: str | None, headers: Mapping[str, Any], body: bytes) -> bytes:
    """
    Return the event that a message in binary mode carries, in structured mode.

    Args:
        content_type: the media type of the data; missing or empty, they are JSON.
        headers: those of the message; an attribute is named `cloudEvents:…` or `cloudEvents_…`.
        body: the data; without a byte there are none.

    Raises:
        UnableToConvert: the data are of another media type than JSON, or not JSON in UTF-8; or an attribute is not.
        ContradictoryAttributes: an attribute is named in both ways, with different values.
    """
    attributes = _attributes_in(headers)
    attributes.pop("data", None)
    for name in _NAMING:
        # Else Latin-1 would name an account that nobody has, and the usage would be booked there.
        if _ESCAPED.search(str(attributes.get(name))):
            raise NotText(f"the attribute {name} is not UTF-8: {describe(attributes[name])}")
    if content_type is not None and content_type.strip():
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise UnableToConvert(f"the data are {media_type or 'of no type'}; application/json is wanted")
        attributes["datacontenttype"] = "application/json"
    written = orjson.dumps(attributes)
    if not body:
        return written
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnableToConvert(f"the data are not JSON in UTF-8: {fault_of_encoding(body) or error}") from error
    # The bytes themselves, so that every number stays as it was written.
    return written[:-1] + (b"," if attributes else b"") + b'"data":' + body + b"}"


def _attributes_in(headers: Mapping[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for header, value in headers.items():
        if header.startswith(_PREFIXES):
            name = header[len(_PREFIXES[0]) :]
            if attributes.setdefault(name, value) != value:
                raise ContradictoryAttributes(f"the attribute {name[:60]} stands in two headers with different values")
    return attributes
