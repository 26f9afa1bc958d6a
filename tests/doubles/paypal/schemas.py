"""What PayPal takes and answers, as far as we use it; unknown fields of requests are errors."""

from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]


def text(longest: int, pattern: str | None = None) -> Schema:
    """Return the schema of a text."""
    schema: Schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return schema | ({"pattern": pattern} if pattern else {})


def record(required: list[str], **properties: Schema) -> Schema:
    """Return the schema of an object that has these fields and no others."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


AMOUNT = record(
    ["currency_code", "value"],
    currency_code=text(3, "^[A-Z]{3}$"),
    value=text(32, "^[0-9]+([.][0-9]+)?$"),
)
ADDRESS = {"type": "string", "pattern": "^https?://"}
UNIT = record(
    ["amount"],
    reference_id=text(256),
    amount=AMOUNT,
    custom_id=text(127),
    invoice_id=text(127),
    description=text(127),
)
UNITS = {"type": "array", "items": UNIT, "minItems": 1, "maxItems": 1}
USAGE_PATTERN = {
    "enum": ["IMMEDIATE", "DEFERRED", "RECURRING_PREPAID", "RECURRING_POSTPAID", "THRESHOLD_PREPAID"],
}

CREATE_ORDER = record(
    ["intent", "purchase_units", "payment_source"],
    intent={"const": "CAPTURE"},
    purchase_units=UNITS,
    payment_source=record(
        ["paypal"],
        paypal=record(
            ["experience_context"],
            experience_context=record(
                ["return_url", "cancel_url"],
                return_url=ADDRESS,
                cancel_url=ADDRESS,
                user_action={"enum": ["CONTINUE", "PAY_NOW"]},
                shipping_preference={"enum": ["GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"]},
                locale=text(10, "^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$"),
                brand_name=text(127),
            ),
            attributes=record(
                ["vault"],
                customer=record(["id"], id=text(22, "^[0-9a-zA-Z_-]+$")),
                vault=record(
                    ["store_in_vault", "usage_type"],
                    store_in_vault={"const": "ON_SUCCESS"},
                    usage_type={"enum": ["MERCHANT", "PLATFORM"]},
                    usage_pattern=USAGE_PATTERN,
                ),
            ),
        ),
    ),
)

CHARGE = record(
    ["intent", "purchase_units", "payment_source"],
    intent={"const": "CAPTURE"},
    purchase_units=UNITS,
    payment_source=record(
        ["paypal"],
        paypal=record(
            ["vault_id", "stored_credential"],
            vault_id=text(255, "^[0-9a-zA-Z_-]+$"),
            stored_credential=record(
                ["payment_initiator", "usage"],
                payment_initiator={"const": "MERCHANT"},
                usage={"const": "SUBSEQUENT"},
                usage_pattern=USAGE_PATTERN,
            ),
        ),
    ),
)

_CUSTOMER = record(["id"], id=text(22, "^[0-9a-zA-Z_-]+$"))
CREATE_SETUP = record(
    ["payment_source"],
    customer=_CUSTOMER,
    payment_source=record(
        ["paypal"],
        paypal=record(
            ["usage_type", "experience_context"],
            usage_type={"enum": ["MERCHANT", "PLATFORM"]},
            experience_context=record(
                ["return_url", "cancel_url"],
                return_url=ADDRESS,
                cancel_url=ADDRESS,
                shipping_preference={"enum": ["GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"]},
                locale=text(10, "^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$"),
            ),
        ),
    ),
)

SAVE_METHOD = record(
    ["payment_source"],
    payment_source=record(
        ["token"], token=record(["id", "type"], id=text(255, "^[0-9A-Z_-]+$"), type={"const": "SETUP_TOKEN"})
    ),
)

CAPTURE = record([])

REFUND = record(
    [],
    amount=AMOUNT,
    custom_id=text(127),
    invoice_id=text(127),
    note_to_payer=text(255),
)

_LINKS = {"type": "array", "items": record(["href", "rel"], href=text(2048), rel=text(30), method=text(10))}
ORDER_ANSWER: Schema = {
    "type": "object",
    "required": ["id", "status", "links", "purchase_units"],
    "properties": {
        "id": text(36),
        "status": {"enum": ["CREATED", "SAVED", "APPROVED", "VOIDED", "COMPLETED", "PAYER_ACTION_REQUIRED"]},
        "links": _LINKS,
    },
}
CAPTURE_ANSWER: Schema = {
    "type": "object",
    "required": ["id", "status", "amount", "links"],
    "properties": {
        "status": {"enum": ["COMPLETED", "DECLINED", "PARTIALLY_REFUNDED", "PENDING", "REFUNDED", "FAILED"]},
        "amount": AMOUNT,
        "links": _LINKS,
    },
}
REFUND_ANSWER: Schema = {
    "type": "object",
    "required": ["id", "status", "amount", "links"],
    "properties": {
        "status": {"enum": ["CANCELLED", "FAILED", "PENDING", "COMPLETED"]},
        "amount": AMOUNT,
        "links": _LINKS,
    },
}
SETUP_ANSWER: Schema = {
    "type": "object",
    "required": ["id", "status", "links"],
    "properties": {"id": text(36), "customer": _CUSTOMER, "links": _LINKS},
}
TOKEN_ANSWER: Schema = {
    "type": "object",
    "required": ["id", "customer", "payment_source", "links"],
    "properties": {"id": text(36), "customer": _CUSTOMER, "links": _LINKS},
}


def fault_of(body: Any, schema: Schema) -> tuple[str, str] | None:
    """Return where a body breaks a schema (a JSON pointer) and the rule that it breaks, or None."""
    for error in sorted(Draft202012Validator(schema).iter_errors(body), key=lambda error: list(error.absolute_path)):
        return "/" + "/".join(str(part) for part in error.absolute_path), str(error.validator)
    return None
