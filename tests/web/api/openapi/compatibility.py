"""What a newer OpenAPI document may not take from whoever was written for an older one."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

METHODS = ("get", "put", "post", "delete", "patch")


def breaks(older: Json, newer: Json) -> list[str]:
    """
    Return every change by which a client of the older document could fail; additions are none.

    Gone paths, methods and answers; parameters that are new and needed, or are needed now; for requests: gone fields,
    new needed ones, gone values, other types, tighter limits; for answers: gone fields, fields that may be missing now,
    and other types. New values of an answer are no break: clients are told to expect them.
    """
    return list(_breaks(older, newer))


def _breaks(older: Json, newer: Json) -> Iterator[str]:
    for path, methods in older["paths"].items():
        for method in METHODS:
            if method not in methods:
                continue
            name = f"{method.upper()} {path}"
            found = newer["paths"].get(path, {}).get(method)
            if found is None:
                yield f"{name} is gone"
                continue
            yield from _operation(name, (older, methods[method]), (newer, found))


def _operation(name: str, older: tuple[Json, Json], newer: tuple[Json, Json]) -> Iterator[str]:
    (old_root, old), (new_root, new) = older, newer
    if old["operationId"] != new["operationId"]:
        yield f"{name} has another operationId: {new['operationId']}"
    yield from _parameters(name, old, new)
    yield from _scopes(name, old, new)
    asked_before, asks = _body(old.get("requestBody")), _body(new.get("requestBody"))
    if asks is not None and asked_before is None and new["requestBody"].get("required"):
        yield f"{name} wants a body"
    if asked_before is not None and asks is not None:
        yield from _schema(f"{name}: body", (old_root, asked_before), (new_root, asks), is_request=True)
    for status, response in old["responses"].items():
        if status not in new["responses"]:
            if status < "400":
                yield f"{name} answers {status} no more"
            continue
        answered, answers = _body(_resolved(old_root, response)), _body(_resolved(new_root, new["responses"][status]))
        if answered is not None and answers is None:
            yield f"{name}: {status} has no body any more"
        elif answered is not None and answers is not None:
            yield from _schema(f"{name}: {status}", (old_root, answered), (new_root, answers), is_request=False)


def _parameters(name: str, old: Json, new: Json) -> Iterator[str]:
    before = {(one["in"], one["name"]): one for one in old.get("parameters", ())}
    now = {(one["in"], one["name"]): one for one in new.get("parameters", ())}
    for place, parameter in before.items():
        if place not in now:
            yield f"{name}: parameter {place[1]} is gone"
        elif now[place].get("required") and not parameter.get("required"):
            yield f"{name}: parameter {place[1]} is needed now"
    for place, parameter in now.items():
        if place not in before and parameter.get("required"):
            yield f"{name}: parameter {place[1]} is new and needed"


def _scopes(name: str, old: Json, new: Json) -> Iterator[str]:
    before, now = ({scope for one in each.get("security", ()) for scope in one["token"]} for each in (old, new))
    if before != now:
        yield f"{name} needs other scopes: {', '.join(sorted(now))}"


def _schema(where: str, older: tuple[Json, Json], newer: tuple[Json, Json], *, is_request: bool) -> Iterator[str]:
    yield from _compared(where, older, newer, is_request=is_request, seen=frozenset())


def _compared(
    where: str,
    older: tuple[Json, Json],
    newer: tuple[Json, Json],
    *,
    is_request: bool,
    seen: frozenset[tuple[str, str]],
) -> Iterator[str]:
    (old_root, old), (new_root, new) = older, newer
    names = (old.get("$ref", ""), new.get("$ref", ""))
    if all(names) and names in seen:
        return
    seen |= {names}
    old, new = _resolved(old_root, old), _resolved(new_root, new)
    lost = (
        _types(old_root, old) - _types(new_root, new) if is_request else _types(new_root, new) - _types(old_root, old)
    )
    if lost:
        yield f"{where}: {'refuses' if is_request else 'may be'} {', '.join(sorted(lost))} now"
    if is_request:
        yield from _values(where, old, new)
    fields, found = old.get("properties", {}), new.get("properties", {})
    for field, schema in fields.items():
        if field not in found:
            yield f"{where}.{field} is gone"
            continue
        inner = ((old_root, schema), (new_root, found[field]))
        yield from _compared(f"{where}.{field}", *inner, is_request=is_request, seen=seen)
    yield from _needed(where, old, new, is_request=is_request)
    if "items" in old and "items" in new:
        inner = ((old_root, old["items"]), (new_root, new["items"]))
        yield from _compared(f"{where}[]", *inner, is_request=is_request, seen=seen)
    for one, other in zip(_choices(old), _choices(new), strict=False):
        yield from _compared(where, (old_root, one), (new_root, other), is_request=is_request, seen=seen)


def _needed(where: str, old: Json, new: Json, *, is_request: bool) -> Iterator[str]:
    before, now = set(old.get("required", ())), set(new.get("required", ()))
    if is_request:
        yield from (f"{where}.{field} is needed now" for field in sorted(now - before))
    else:
        kept = (before - now) & set(new.get("properties", {}))
        yield from (f"{where}.{field} may be missing now" for field in sorted(kept))


def _values(where: str, old: Json, new: Json) -> Iterator[str]:
    if "enum" in new and (gone := set(old.get("enum", ())) - set(new["enum"])):
        yield f"{where}: {', '.join(map(str, sorted(gone)))} refused now"
    for limit, sign in (("maximum", 1), ("maxLength", 1), ("maxItems", 1), ("minimum", -1), ("minLength", -1)):
        if limit in new and (limit not in old or sign * new[limit] < sign * old[limit]):
            yield f"{where}: {limit} is {new[limit]} now"


def _types(root: Json, schema: Json) -> set[str]:
    schema = _resolved(root, schema)
    choices = _choices(schema)
    if choices:
        return {kind for one in choices for kind in _types(root, one)}
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def _choices(schema: Json) -> list[Json]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def _body(holder: Json | None) -> Json | None:
    for content in (holder or {}).get("content", {}).values():
        schema: Json | None = content.get("schema")
        return schema
    return None


def _resolved(root: Json, schema: Json) -> Json:
    while "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema
