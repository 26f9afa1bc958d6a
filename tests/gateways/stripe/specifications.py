"""Stripe's published specification, made fit for JSON Schema validation."""

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.doubles.stripe.forms import typed

FOLDER = Path(__file__).parents[4] / "shared" / "specs" / "stripe"
FORM = "application/x-www-form-urlencoded"


def spec_file() -> Path | None:
    """Return where the specification is, or None on a machine without it."""
    return next(iter(sorted(FOLDER.glob("openapi.spec3.*.json"))), None)


class Specification:
    """What Stripe says about its requests and its objects."""

    def __init__(self, path: Path) -> None:
        whole = _shimmed(json.loads(path.read_text()))
        self._paths: dict[str, Any] = whole["paths"]
        self._components: dict[str, Any] = {"components": whole["components"]}

    def faults_of_request(self, method: str, path: str, form: dict[str, Any]) -> list[str]:
        """Return what is wrong with a form or a query that was sent; nothing, if it is right."""
        call = self._call(method, path)
        if method == "POST":
            schema = call["requestBody"]["content"][FORM]["schema"]
        else:
            taken = {one["name"]: one["schema"] for one in call["parameters"] if one["in"] == "query"}
            needed = [one["name"] for one in call["parameters"] if one["in"] == "query" and one.get("required")]
            schema = {"type": "object", "properties": taken, "required": needed, "additionalProperties": False}
        body = typed(form, schema)
        return self._faults(schema, body) + [f"unknown: {name}" for name in _unknown(schema, body)]

    def faults_of_answer(self, method: str, path: str, status: int, answer: dict[str, Any]) -> list[str]:
        """Return what is wrong with an answer; nothing, if it is right."""
        answers = self._call(method, path)["responses"]
        schema = answers.get(str(status), answers["default"])["content"]["application/json"]["schema"]
        return self._faults(schema, answer)

    def faults_of_object(self, kind: str, thing: dict[str, Any]) -> list[str]:
        """Return what is wrong with an object; nothing, if it is right, and has no field that Stripe's has not."""
        known = self._components["components"]["schemas"][kind]["properties"]
        extra = [f"unknown: {name}" for name in thing if name not in known]
        return self._faults({"$ref": f"#/components/schemas/{kind}"}, thing) + extra

    def kinds_of_events(self) -> set[str]:
        """Return every type that an event may have."""
        body = self._call("POST", "/v1/webhook_endpoints")["requestBody"]["content"][FORM]["schema"]
        return set(body["properties"]["enabled_events"]["items"]["enum"])

    def _call(self, method: str, path: str) -> dict[str, Any]:
        for template, calls in self._paths.items():
            pattern = re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in calls:
                found: dict[str, Any] = calls[method.lower()]
                return found
        raise LookupError(f"Stripe has no {method} {path}")

    def _faults(self, schema: dict[str, Any], body: Any) -> list[str]:
        validator = Draft202012Validator(self._components | schema)
        return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]


def _shimmed(node: Any) -> Any:
    """Return a part of OpenAPI 3.0 with `nullable` as JSON Schema writes it."""
    if isinstance(node, list):
        return [_shimmed(one) for one in node]
    if not isinstance(node, dict):
        return node
    inner = {name: _shimmed(one) for name, one in node.items()}
    if node.get("nullable") is not True:
        return inner
    del inner["nullable"]
    return {"anyOf": [inner, {"type": "null"}]}


def _unknown(schema: dict[str, Any], body: Any, path: str = "") -> list[str]:
    """Return names that a schema does not know; Stripe's own do not forbid them, but Stripe does."""
    if isinstance(body, list):
        return [
            name
            for place, one in enumerate(body)
            for name in _unknown(schema.get("items", {}), one, f"{path}[{place}]")
        ]
    if not isinstance(body, dict):
        return []
    objects = [one for one in (schema, *schema.get("anyOf", [])) if one.get("type") == "object"]
    known = {name: inner for one in objects for name, inner in one.get("properties", {}).items()}
    if any(isinstance(one.get("additionalProperties"), dict) for one in objects):
        return []
    return [f"{path}.{name}" for name in body if name not in known] + [
        deeper for name, one in body.items() if name in known for deeper in _unknown(known[name], one, f"{path}.{name}")
    ]
