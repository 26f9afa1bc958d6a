"""What the double takes, by operation: small JSON Schemas of ours, stricter than Stripe's own."""

from typing import Any

TEXT = {"type": "string", "minLength": 1, "maxLength": 5000}
METADATA = {
    "type": "object",
    "maxProperties": 50,
    "propertyNames": {"maxLength": 40},
    "additionalProperties": {"type": "string", "maxLength": 500},
}
CURRENCY = {"type": "string", "pattern": "^[a-z]{3}$"}
AMOUNT = {"type": "integer", "minimum": 1, "maximum": 99_999_999}
ADDRESS = {"type": "string", "pattern": "^https?://"}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 100}


def _expands(*names: str) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": list(names)}, "maxItems": 4}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


_PRICE = _object(
    ["currency", "unit_amount", "product_data"],
    currency=CURRENCY,
    unit_amount=AMOUNT,
    product_data=_object(["name"], name=TEXT),
)
_LINE = _object(["price_data", "quantity"], price_data=_PRICE, quantity={"const": 1, "type": "integer"})

REQUESTS: dict[str, dict[str, Any]] = {
    "create_checkout": _object(
        ["mode", "line_items", "success_url", "client_reference_id", "metadata", "payment_intent_data"],
        mode={"const": "payment"},
        line_items={"type": "array", "minItems": 1, "maxItems": 1, "items": _LINE},
        success_url=ADDRESS,
        cancel_url=ADDRESS,
        client_reference_id={**TEXT, "maxLength": 200},
        customer=TEXT,
        customer_email={"type": "string", "pattern": "^[^@ ]+@[^@ ]+$", "maxLength": 800},
        locale={"type": "string", "pattern": "^[a-z]{2,3}(-[A-Z0-9]{2,3})?$"},
        metadata=METADATA,
        payment_intent_data=_object(
            ["metadata"],
            metadata=METADATA,
            description={**TEXT, "maxLength": 1000},
            setup_future_usage={"const": "off_session"},
        ),
    ),
    "create_setup": _object(
        ["mode", "currency", "customer", "success_url", "metadata"],
        mode={"const": "setup"},
        currency=CURRENCY,
        customer=TEXT,
        success_url=ADDRESS,
        cancel_url=ADDRESS,
        client_reference_id={**TEXT, "maxLength": 200},
        locale={"type": "string", "pattern": "^[a-z]{2,3}(-[A-Z0-9]{2,3})?$"},
        metadata=METADATA,
        setup_intent_data=_object([], metadata=METADATA, description={**TEXT, "maxLength": 1000}),
    ),
    "forget_method": _object([]),
    "fetch_method": _object([]),
    "fetch_setup_intent": _object([], expand=_expands("payment_method")),
    "create_customer": _object([], email={"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"}, metadata=METADATA),
    "charge": _object(
        ["amount", "currency", "customer", "payment_method", "off_session", "confirm"],
        amount=AMOUNT,
        currency=CURRENCY,
        customer=TEXT,
        payment_method=TEXT,
        off_session={"const": True, "type": "boolean"},
        confirm={"const": True, "type": "boolean"},
        automatic_payment_methods=_object(
            ["enabled"], enabled={"type": "boolean"}, allow_redirects={"enum": ["always", "never"]}
        ),
        return_url=ADDRESS,
        description={**TEXT, "maxLength": 1000},
        metadata=METADATA,
        expand=_expands("latest_charge"),
    ),
    "cancel": _object(
        [],
        cancellation_reason={"enum": ["abandoned", "duplicate", "fraudulent", "requested_by_customer"]},
        expand=_expands("latest_charge"),
    ),
    "refund": _object(
        ["payment_intent"],
        payment_intent=TEXT,
        amount=AMOUNT,
        reason={"enum": ["duplicate", "fraudulent", "requested_by_customer"]},
        metadata=METADATA,
    ),
    "fetch_session": _object(
        [],
        expand=_expands(
            "payment_intent",
            "payment_intent.latest_charge",
            "payment_intent.latest_charge.balance_transaction",
            "setup_intent.payment_method",
        ),
    ),
    "fetch_intent": _object([], expand=_expands("latest_charge", "latest_charge.balance_transaction")),
    "fetch_refund": _object([]),
    "fetch_dispute": _object([]),
    "list_sessions": _object(
        ["payment_intent"],
        payment_intent=TEXT,
        limit=LIMIT,
        expand=_expands("data.payment_intent", "data.payment_intent.latest_charge"),
    ),
    "list_intents": _object(
        ["customer"],
        customer=TEXT,
        created=_object([], gte={"type": "integer"}, lte={"type": "integer"}),
        limit=LIMIT,
        starting_after=TEXT,
    ),
    "list_refunds": _object(["payment_intent"], payment_intent=TEXT, limit=LIMIT, starting_after=TEXT),
    "list_disputes": _object(
        [], created=_object([], gte={"type": "integer"}, lte={"type": "integer"}), limit=LIMIT, starting_after=TEXT
    ),
    "list_events": _object(
        [],
        types={"type": "array", "items": TEXT, "minItems": 1, "maxItems": 20},
        created=_object([], gte={"type": "integer"}, lte={"type": "integer"}),
        limit=LIMIT,
        starting_after=TEXT,
    ),
}
"""By the name of a route in `routes.py`."""
