"""PayPal's published specifications, made strict: a field that they do not know is an error."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "specs" / "paypal"

Schema = dict[str, Any]

STORED_CREDENTIAL: Schema = {
    "type": "object",
    "properties": {
        "payment_initiator": {"enum": ["CUSTOMER", "MERCHANT"]},
        "usage": {"enum": ["FIRST", "SUBSEQUENT", "DERIVED"]},
        "usage_pattern": {"enum": ["IMMEDIATE", "DEFERRED", "RECURRING_PREPAID", "RECURRING_POSTPAID"]},
    },
}
"""PayPal documents it for the wallet; the specification of 2024 does not have it yet."""


def schema_of(name: str, component: str) -> Schema:
    """
    Return one schema of a specification, in the JSON Schema that `jsonschema` reads.

    Args:
        name: of the file, such as `checkout_orders_v2`.
        component: of the schema, such as `order_request`.
    """
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    schemas: dict[str, Schema] = json.loads(text)["components"]["schemas"]
    if "paypal_wallet" in schemas:
        schemas["paypal_wallet"]["properties"]["stored_credential"] = STORED_CREDENTIAL
    if "token_id_request" in schemas:
        # PayPal's guides make payment tokens of setup tokens so; the specification of 2024 has the other kind alone.
        schemas["token_id_request"]["properties"]["type"]["enum"].append("SETUP_TOKEN")
    if "payment_token_request" in schemas:
        # What others have seen in events of vaulted wallets; here it is an object without any fields.
        schemas["payment_token_response"]["properties"]["metadata"] = {"type": "object"}
    return _strict({"$ref": f"#/components/schemas/{component}"}, schemas, ())


def _strict(schema: Schema, schemas: dict[str, Schema], inside: tuple[str, ...]) -> Schema:
    """Return a schema without references and `allOf`, that takes known fields only."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {} if name in inside else _strict(schemas[name], schemas, (*inside, name))
    made = {name: value for name, value in schema.items() if name in _KEPT}
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            made[choice] = [_strict(one, schemas, inside) for one in schema[choice]]
    if "items" in schema:
        made["items"] = _strict(schema["items"], schemas, inside)
    if "properties" in schema:
        made["properties"] = {name: _strict(one, schemas, inside) for name, one in schema["properties"].items()}
        made["additionalProperties"] = False
    for part in (_strict(one, schemas, inside) for one in schema.get("allOf", [])):
        made = _together(made, part)
    if schema.get("nullable") and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def _together(one: Schema, other: Schema) -> Schema:
    together = other | one
    for name in ("properties", "required"):
        if name in one and name in other:
            together[name] = one[name] | other[name] if name == "properties" else [*one[name], *other[name]]
    return together


_KEPT = frozenset({"type", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "required"})
