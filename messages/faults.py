"""Faults in words: one line that says what is wrong, where, and what was given."""

from typing import Any

from pydantic import ValidationError

MAX_REASONS = 3
MAX_LENGTH = 60

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\x78\x01": "zlib",
    b"\x78\x9c": "zlib",
    b"\x78\xda": "zlib",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_MARKED = {b"\xef\xbb\xbf": "UTF-8 with a byte order mark", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def sentence(error: ValidationError) -> str:
    """Return what is wrong, where, and what was given, in one line of a few hundred characters."""
    found = error.errors(include_url=False, include_context=False)
    parts = [_fault(fault) for fault in found[:MAX_REASONS]]
    if len(found) > MAX_REASONS:
        parts.append(f"and {len(found) - MAX_REASONS} more faults")
    return "; ".join(parts)


def describe(value: object) -> str:
    """Return a value in one short line, whatever a producer put there."""
    match value:
        case str():
            return repr(value if len(value) <= MAX_LENGTH else value[: MAX_LENGTH - 3] + "...")
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)[:MAX_LENGTH]
        case list():
            return f"an array of {len(value)}"
        case dict():
            return f"an object of {len(value)} fields"
        case _:
            return f"a {type(value).__name__}"


def fault_of_encoding(body: bytes) -> str | None:
    """Return what a body is instead of UTF-8: compressed, or in another encoding; None if it is UTF-8."""
    for beginning, name in _COMPRESSED.items():
        if body.startswith(beginning):
            return f"it is compressed with {name}; send it as it is"
    for beginning, name in _MARKED.items():
        if body.startswith(beginning):
            return f"it is {name}; UTF-8 without a byte order mark is wanted"
    try:
        body.decode()
    except UnicodeDecodeError as error:
        byte = body[error.start]
        return (
            f"the body is not UTF-8, but perhaps Latin-1 or Windows-1251: byte 0x{byte:02X} at position {error.start}"
        )
    return None


def place_of_nul(event: dict[str, Any]) -> str | None:
    """Return where in an event a text holds NUL, as `data.metadata.colour`; None if nowhere."""
    # A stack, not recursion: the nesting is the producer's and may be deep.
    waiting: list[tuple[str, Any]] = [("", event)]
    while waiting:
        place, item = waiting.pop()
        if isinstance(item, str) and "\0" in item:
            return place.removeprefix(".")
        if isinstance(item, dict):
            for name, value in item.items():
                waiting.append((f"{place}.{_name(name)}", value))
                if "\0" in name:
                    return f"{place}.{_name(name)}".removeprefix(".")
        elif isinstance(item, list):
            waiting.extend((f"{place}.{position}", value) for position, value in enumerate(item))
    return None


def _fault(fault: Any) -> str:
    place = ".".join(_name(part) for part in fault["loc"]) or "event"
    given = "" if isinstance(fault["input"], dict) else f" (given: {describe(fault['input'])})"
    return f"{place[: 2 * MAX_LENGTH]}: {fault['msg'].removeprefix('Value error, ')}{given}"


def _name(part: object) -> str:
    name = str(part)
    if len(name) > MAX_LENGTH or not name.isprintable():
        return repr(name[: MAX_LENGTH - 3])[1:-1] + "..." * (len(name) > MAX_LENGTH)
    return name
