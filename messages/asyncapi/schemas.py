"""JSON Schemas of the contracts, as other programs need them."""

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema

from messages.registry import Contract


def schemas(contracts: Iterable[Contract]) -> dict[str, dict[str, Any]]:
    """
    Return the schemas of contracts, and of the data inside them, by name.

    They keep to what draft 07 of JSON Schema knows, which is what AsyncAPI 3.0 accepts, and refer to each
    other as components of an AsyncAPI document.
    """
    _, found = models_json_schema(
        [(contract.model, "validation" if contract.queue else "serialization") for contract in contracts],
        ref_template="#/components/schemas/{model}",
        schema_generator=_WireSchema,
    )
    named: dict[str, dict[str, Any]] = found["$defs"]
    return named


class _WireSchema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        # "Used Seconds" beside used_seconds says nothing more.
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        # Null stands for "left out"; as a default it would read as if producers should send it.
        if "default" in schema and schema["default"] is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        described = super().model_schema(schema)
        if self.mode == "serialization":
            # A version may gain optional fields: a listener that treats it as closed would break then.
            described.pop("additionalProperties", None)
        elif schema["cls"].model_fields.keys() >= {"seconds", "minutes"}:
            # `exactly_one` is Python, which no schema shows by itself.
            described["oneOf"] = [
                {"required": [unit], "properties": {unit: {"type": "integer"}}} for unit in ("seconds", "minutes")
            ]
        return described
