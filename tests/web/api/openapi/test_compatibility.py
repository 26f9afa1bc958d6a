"""Compatibility: what would break a client is found, and additions are not; the last release is what counts."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.web.api.openapi.compatibility import breaks

ROOT = Path(__file__).parents[4]

Json = dict[str, Any]

OLD: Json = {
    "paths": {
        "/things": {
            "post": {
                "operationId": "create_thing",
                "security": [{"token": ["things:write"]}],
                "parameters": [{"in": "query", "name": "kind", "required": False}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewThing"}}}},
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
                },
            }
        }
    },
    "components": {
        "schemas": {
            "NewThing": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 10},
                    "colour": {"enum": ["red", "blue"], "type": "string"},
                },
            },
            "Thing": {
                "type": "object",
                "required": ["id", "parts"],
                "properties": {
                    "id": {"type": "string"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                },
            },
        }
    },
}


def asked(new: Json) -> Json:
    """The schema of what is asked."""
    found: Json = new["components"]["schemas"]["NewThing"]
    return found


def answered(new: Json) -> Json:
    """The schema of what is answered."""
    found: Json = new["components"]["schemas"]["Thing"]
    return found


def operation(new: Json) -> Json:
    """The one operation."""
    found: Json = new["paths"]["/things"]["post"]
    return found


BREAKS: list[tuple[Callable[[Json], Any], str]] = [
    (lambda new: new["paths"].clear(), "POST /things is gone"),
    (lambda new: operation(new).update(operationId="make_thing"), "has another operationId"),
    (lambda new: operation(new)["security"][0].update(token=["all"]), "needs other scopes: all"),
    (lambda new: operation(new)["parameters"].clear(), "parameter kind is gone"),
    (lambda new: operation(new)["parameters"][0].update(required=True), "parameter kind is needed now"),
    (
        lambda new: operation(new)["parameters"].append({"in": "header", "name": "Key", "required": True}),
        "parameter Key is new and needed",
    ),
    (lambda new: operation(new).update(responses={"200": {}}), "answers 201 no more"),
    (lambda new: asked(new)["properties"].pop("colour"), "body.colour is gone"),
    (lambda new: asked(new)["required"].append("colour"), "body.colour is needed now"),
    (lambda new: asked(new)["properties"]["name"].update(type="integer"), "body.name: refuses string now"),
    (lambda new: asked(new)["properties"]["name"].update(maxLength=5), "body.name: maxLength is 5 now"),
    (lambda new: asked(new)["properties"]["colour"]["enum"].remove("red"), "red refused now"),
    (lambda new: answered(new)["properties"].pop("id"), "201.id is gone"),
    (lambda new: answered(new)["required"].remove("id"), "201.id may be missing now"),
    (
        lambda new: answered(new)["properties"]["id"].update(type=["string", "null"]),
        "201.id: may be null now",
    ),
]

ADDITIONS: list[Callable[[Json], Any]] = [
    lambda new: new["paths"].update({"/others": {"get": {"operationId": "list_others", "responses": {}}}}),
    lambda new: operation(new)["parameters"].append({"in": "query", "name": "size"}),
    lambda new: operation(new)["responses"].update({"409": {}}),
    lambda new: asked(new)["properties"].update(size={"type": "integer"}),
    lambda new: asked(new)["properties"]["colour"]["enum"].append("green"),
    lambda new: asked(new)["properties"]["name"].update(maxLength=20),
    lambda new: answered(new)["properties"].update(size={"type": "integer"}),
    lambda new: answered(new)["required"].append("size"),
]


class TestBreaks:
    def test_are_none_without_a_change(self) -> None:
        assert breaks(OLD, copy.deepcopy(OLD)) == []

    @pytest.mark.parametrize(("change", "sentence"), BREAKS)
    def test_are_found(self, change: Callable[[Json], Any], sentence: str) -> None:
        new = copy.deepcopy(OLD)
        change(new)

        found = breaks(OLD, new)

        assert len(found) >= 1
        assert sentence in found[0]

    @pytest.mark.parametrize("change", ADDITIONS)
    def test_are_no_additions(self, change: Callable[[Json], Any]) -> None:
        new = copy.deepcopy(OLD)
        change(new)

        assert breaks(OLD, new) == []


class TestDocument:
    def test_breaks_nothing_that_was_released(self) -> None:
        now = json.loads((ROOT / "docs" / "openapi.json").read_bytes())
        released = last_released()

        # Nothing has been released yet: then the document is compared with itself, so that the way stays walked.
        assert breaks(released or now, now) == []


def last_released() -> Json | None:
    """The document of the newest release, by its tag `v…`; None: there is none, or no history here."""
    tags = _git("tag", "--list", "v*", "--sort=-version:refname", "--merged", "HEAD")
    for tag in (tags or "").split():
        text = _git("show", f"{tag}:docs/openapi.json")
        if text:
            found: Json = json.loads(text)
            return found
    return None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=30, check=False
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
