"""Forms with brackets, as Stripe's API takes them: `a[b][0]=1`."""

import re
from typing import Any
from urllib.parse import parse_qsl

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def parsed(form: str) -> dict[str, Any]:
    """
    Return a form or query as nested objects and lists; values stay text.

    Raises:
        ValueError: a name is not well-formed, or stands for two things.
    """
    root: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)):
        matched = _NAME.fullmatch(name)
        if matched is None:
            raise ValueError(f"the name {name!r} is not well-formed")
        _put(root, [matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2])], value)
    return {name: _with_lists(value) for name, value in root.items()}


def typed(value: Any, schema: dict[str, Any]) -> Any:
    """
    Return a parsed form with the numbers and truths that a schema asks for; what does not fit stays text.

    Args:
        value: as `parsed` returns it.
        schema: a JSON Schema without references.
    """
    for choice in schema.get("anyOf", []):
        if (fitting := typed(value, choice)) != value:
            return fitting
    if isinstance(value, dict):
        properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
        fallback = rest if isinstance(rest, dict) else {}
        return {name: typed(inner, properties.get(name, fallback)) for name, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner, schema.get("items", {})) for inner in value]
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", value):
            return int(value)
        case "boolean" if value in ("true", "false"):
            return value == "true"
        case _:
            return value


def _put(place: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        place = place.setdefault(part or str(len(place)), {})
        if not isinstance(place, dict):
            raise ValueError(f"the name {path[0]!r} stands for a value and for more")
    last = path[-1] or str(len(place))
    if last in place:
        raise ValueError(f"the name {path[0]!r} is there twice")
    place[last] = value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(one) for name, one in value.items()}
    is_list = bool(inner) and list(inner) == [str(number) for number in range(len(inner))]
    return list(inner.values()) if is_list else inner
