"""The OpenAPI 3.1 document: what FastAPI finds in the routes, and what it cannot know."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from web.api.openapi.parts import HEADERS, INFO, SECURITY, SERVERS, headers
from web.api.openapi.problems import EXAMPLES, RESPONSES, SCHEMAS, response_of
from web.api.screph.contract import ScrephSpending
from web.api.screph.routes import TAG as SCREPH
from web.api.v1.families import FAMILIES
from web.api.v1.operation import ALWAYS, codes_by_status, headers_of

METHODS = ("get", "put", "post", "delete", "patch")

SCREPH_TEXT = "The two calls of Screph's program in people's hands; their names, types and texts stay as they are."


def document(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application's routes."""
    # A copy: FastAPI hands out parts of the routes' own tables.
    found = deepcopy(
        get_openapi(title=INFO["title"], version=INFO["version"], openapi_version="3.1.0", routes=app.routes)
    )
    texts = {family.tag: family.description for family in FAMILIES} | {SCREPH: SCREPH_TEXT}
    for _, operation in operations(found):
        _complete(operation)
    components = found.setdefault("components", {})
    schemas = components.get("schemas", {})
    # Of FastAPI's own errors; ours are problems.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    # That call reads its body itself, so FastAPI does not see it.
    asked = {ScrephSpending.__name__: ScrephSpending.model_json_schema()}
    return {
        "openapi": found["openapi"],
        "info": INFO,
        "servers": SERVERS,
        "tags": [{"name": name, "description": text} for name, text in texts.items()],
        "paths": found["paths"],
        "components": {
            "schemas": dict(sorted((schemas | SCHEMAS | asked).items())),
            "responses": RESPONSES,
            "examples": {code: EXAMPLES[code] for code in sorted(_named(found["paths"]) | set(ALWAYS))},
            "headers": HEADERS,
            "securitySchemes": SECURITY,
        },
    }


def operations(found: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each operation of a document, with its method and path."""
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def _complete(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        # FastAPI's name for it; Screph's program may leave it out.
        if parameter["name"] == "idempotency-key":
            _complete_key(parameter)
    name = operation["operationId"]
    described = _OPERATIONS.get(name.removesuffix("_for_account"))
    responses = operation["responses"]
    if described is None:
        for response in responses.values():
            response["headers"] = headers("X-Request-Id")
        return
    problems = codes_by_status(described, of_account=name.endswith("_for_account"))
    for status in responses:
        if int(status) in problems:
            responses[status] = response_of(problems[int(status)])
            continue
        of_good = ("X-Request-Id", "RateLimit", "RateLimit-Policy", *headers_of(described))
        responses[status]["headers"] = headers(*of_good)
        for content in responses[status].get("content", {}).values():
            # Here, for FastAPI leaves out what is null.
            content["example"] = described.example


def _complete_key(parameter: dict[str, Any]) -> None:
    # Missing it is answered 400, not 422, so FastAPI has to take it for optional.
    parameter["name"] = "Idempotency-Key"
    parameter["required"] = True
    parameter["schema"] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}


def _named(paths: Mapping[str, Any]) -> set[str]:
    """Return the codes of the examples that operations refer to."""
    return {
        code
        for methods in paths.values()
        for operation in methods.values()
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
        for code in content.get("examples", ())
    }


_OPERATIONS = {operation.endpoint.__name__: operation for family in FAMILIES for operation in family.operations}
