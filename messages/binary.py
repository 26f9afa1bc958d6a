"""CloudEvents in binary mode: the attributes stand in AMQP's headers, and the body is the data alone."""

from collections.abc import Mapping
from typing import Any

import orjson

_PREFIXES = ("cloudEvents:", "cloudEvents_")
"""Both are in the AMQP binding of CloudEvents: the second is for clients that cannot write a colon."""

_STRUCTURED = "application/cloudevents"


class UnableToConvert(ValueError):
    """The data of a message in binary mode are not JSON, so no event can be made of them."""


def is_binary(content_type: str | None, headers: Mapping[str, Any]) -> bool:
    """Tell whether the attributes of a message are in its headers."""
    if content_type is not None and content_type.strip().lower().startswith(_STRUCTURED):
        return False
    return any(name.startswith(_PREFIXES) for name in headers)


def as_structured(content_type: str | None, headers: Mapping[str, Any], body: bytes) -> bytes:
    """
    Return the event that a message in binary mode carries, in structured mode.

    Args:
        content_type: the media type of the data; missing, they are JSON.
        headers: those of the message; an attribute is named `cloudEvents:…` or `cloudEvents_…`.
        body: the data; without a byte there are none.

    Raises:
        UnableToConvert: the data are of another media type than JSON, or not JSON in UTF-8.
    """
    attributes = {name[len(_PREFIXES[0]) :]: value for name, value in headers.items() if name.startswith(_PREFIXES)}
    attributes.pop("data", None)
    if content_type is not None:
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
        raise UnableToConvert(f"the data are not JSON in UTF-8: {error}") from error
    # The bytes themselves, so that every number stays as it was written.
    return written[:-1] + (b"," if attributes else b"") + b'"data":' + body + b"}"
