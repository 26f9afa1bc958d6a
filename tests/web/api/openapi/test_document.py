"""The OpenAPI document says what the code does, by our rules, and Redocly finds nothing in it."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.node.packages import install
from web.api.openapi.document import operations
from web.api.reference import COMMAND, reference
from web.api.v1.problems import KINDS

ROOT = Path(__file__).parents[4]
FILE = ROOT / "docs" / "openapi.json"

VERBS = (
    "accept",
    "cancel",
    "change",
    "create",
    "delete",
    "get",
    "list",
    "pause",
    "pay",
    "quote",
    "redeem",
    "report",
    "resume",
    "revoke",
    "set",
    "spend",
    "start",
    "stream",
)

written = cache(reference)
"""For tests that only read it; it takes a while."""


def named_operations() -> list[tuple[str, dict[str, Any]]]:
    """Every operation with its method and path."""
    return list(operations(written()))


each_operation = pytest.mark.parametrize(
    "operation", [operation for _, operation in named_operations()], ids=lambda operation: operation["operationId"]
)


class TestFile:
    def test_is_what_the_command_prints(self) -> None:
        printed = subprocess.run(
            [sys.executable, "-m", "web.api.reference"], cwd=ROOT, capture_output=True, check=True, timeout=60
        ).stdout

        assert FILE.read_bytes() == printed, f"docs/openapi.json is out of date; write it again with: {COMMAND}"


class TestOperations:
    @each_operation
    def test_have_a_verb_and_a_noun(self, operation: dict[str, Any]) -> None:
        assert re.fullmatch(rf"({'|'.join(VERBS)})(_[a-z]+)+", operation["operationId"])
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"][0] in {tag["name"] for tag in written()["tags"]}

    @each_operation
    def test_say_what_token_they_want(self, operation: dict[str, Any]) -> None:
        assert operation["security"] == [{"token": [operation["x-scope"]]}]

    @each_operation
    def test_have_examples_of_what_is_asked_and_answered(self, operation: dict[str, Any]) -> None:
        body = operation.get("requestBody")
        contents = [body] if body else []
        contents += [found for found in operation["responses"].values() if "$ref" not in found]

        missing = [
            content
            for holder in contents
            for content in holder.get("content", {}).values()
            if "example" not in content and "examples" not in content
        ]
        assert missing == []

    @each_operation
    def test_list_the_problems_of_all(self, operation: dict[str, Any]) -> None:
        assert {"401", "403", "500", "503"} <= operation["responses"].keys()
        assert any(status < "400" for status in operation["responses"])

    def test_have_ids_of_their_own(self) -> None:
        ids = [operation["operationId"] for _, operation in named_operations()]

        assert len(ids) == len(set(ids))

    def test_that_are_posted_want_a_key_unless_they_change_nothing(self) -> None:
        without = {
            operation["operationId"].removesuffix("_for_account")
            for name, operation in named_operations()
            if name.startswith("POST")
            if not any(one["name"] == "Idempotency-Key" and one["required"] for one in operation.get("parameters", ()))
        }

        # Of a portal session nothing is kept that a repeat could be answered with; Screph's program sends no key.
        assert without <= {"quote_promotion", "create_portal_session", "spend_minutes", "create_widget_token"}


class TestSchemas:
    def test_of_objects_have_names(self) -> None:
        inline = [
            name
            for name, operation in named_operations()
            for holder in (operation.get("requestBody", {}), *operation["responses"].values())
            for content in holder.get("content", {}).values()
            if "properties" in content.get("schema", {})
        ]

        assert inline == []

    def test_of_requests_are_closed(self) -> None:
        asked = {
            content["schema"]["$ref"].rpartition("/")[2]
            for _, operation in named_operations()
            for content in operation.get("requestBody", {}).get("content", {}).values()
        } - {"ScrephSpending"}
        schemas = written()["components"]["schemas"]

        assert {name for name in asked if schemas[name].get("additionalProperties") is not False} == set()

    def test_list_every_code_of_a_problem(self) -> None:
        assert written()["components"]["schemas"]["ProblemCode"]["enum"] == list(KINDS)

    def test_with_values_to_choose_from_say_what_they_are(self) -> None:
        schemas = written()["components"]["schemas"]

        assert {name for name, schema in schemas.items() if "enum" in schema and not schema.get("description")} == set()


class TestRedocly:
    def test_finds_nothing(self) -> None:
        redocly = install(Path(__file__).parent / "redocly", what="Redocly's linter")
        lint = "node_modules/@redocly/cli/bin/cli.js"

        done = redocly.run(lint, "lint", str(FILE), "--config=redocly.yaml", "--format=json", seconds=100)

        found = json.loads(done.stdout)
        assert [(one["ruleId"], one["message"]) for one in found["problems"]] == []
        assert done.returncode == 0
