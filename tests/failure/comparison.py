"""Saying how two mappings differ, for a person who has to find out why."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

_SHOWN = 5
_SHOWN_CHARACTERS = 300


def compared(what: str, actual: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> Iterator[str]:
    """Say what is missing, what is too much and what is other than it should be; a line each."""
    if missing := [key for key in wanted if key not in actual]:
        yield f"{what}: {len(missing)} of {len(wanted)} are missing: {for_log(missing)}"
    if surplus := [key for key in actual if key not in wanted]:
        yield f"{what}: {len(surplus)} are too many: {for_log(surplus)}"
    if others := [key for key in wanted if key in actual and actual[key] != wanted[key]]:
        differing = (f"{key!r} is {actual[key]} instead of {wanted[key]}" for key in others)
        yield f"{what}: {len(others)} of {len(wanted)} are different: {for_log(differing)}"


def for_log(values: Iterable[Any]) -> str:
    """Return the first few of some values, each cut to what a person reads."""
    texts = (value if isinstance(value, str) else repr(value) for value in islice(values, _SHOWN))
    return "; ".join(text[:_SHOWN_CHARACTERS] for text in texts)
