"""What YooKassa takes: small schemas of our own, strict, so a field that is wrong is seen in a test."""

from typing import Any

from jsonschema import Draft202012Validator

_CURRENCIES = ["RUB", "EUR", "USD", "KZT", "BYN", "UAH", "UZS", "TRY", "INR", "MDL", "AZN", "AMD", "CNY"]


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = required | (optional or {})
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def _text(most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most}


_NOTHING = {"type": "array", "maxItems": 0}
"""The official SDK always sends these lists, empty."""

_AMOUNT = _object(
    {
        "value": {"type": "string", "pattern": r"^(0\.(0[1-9]|[1-9]\d)|[1-9]\d*\.\d{2})$"},
        "currency": {"enum": _CURRENCIES},
    }
)
_METADATA = {
    "type": "object",
    "maxProperties": 16,
    "propertyNames": {"maxLength": 32},
    "additionalProperties": {"type": "string", "maxLength": 512},
}
_ITEM = _object(
    {
        "description": _text(128),
        "quantity": {"type": "number", "exclusiveMinimum": 0},
        "amount": _AMOUNT,
        "vat_code": {"type": "integer", "minimum": 1, "maximum": 12},
        "payment_subject": {"enum": ["service", "commodity", "payment", "another"]},
        "payment_mode": {"enum": ["full_payment", "full_prepayment", "partial_prepayment", "advance"]},
        "measure": {"enum": ["piece", "minute", "hour", "day", "another"]},
    }
)
_RECEIPT = _object(
    {
        "customer": _object({"email": {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+$"}}),
        "items": {"type": "array", "minItems": 1, "maxItems": 80, "items": _ITEM},
    },
    {"tax_system_code": {"type": "integer", "minimum": 1, "maximum": 6}},
)
_PAYMENT_EXTRAS = {
    "description": _text(128),
    "metadata": _METADATA,
    "receipt": _RECEIPT,
    "transfers": _NOTHING,
    "statements": _NOTHING,
}

PAGE_PAYMENT = Draft202012Validator(
    _object(
        {
            "amount": _AMOUNT,
            "confirmation": _object(
                {"type": {"const": "redirect"}, "return_url": {"type": "string", "pattern": "^https?://"}}
            ),
        },
        _PAYMENT_EXTRAS
        | {
            "capture": {"type": "boolean"},
            "save_payment_method": {"type": "boolean"},
            "merchant_customer_id": _text(200),
        },
    )
)
"""A payment on YooKassa's page."""

CHARGE = Draft202012Validator(
    _object({"amount": _AMOUNT, "payment_method_id": _text(64)}, _PAYMENT_EXTRAS | {"capture": {"const": True}})
)
"""A payment by a saved method."""

SETUP = Draft202012Validator(
    _object(
        {
            "type": {"const": "bank_card"},
            "confirmation": _object(
                {"type": {"const": "redirect"}, "return_url": {"type": "string", "pattern": "^https?://"}}
            ),
        },
        {"metadata": _METADATA, "client_ip": _text(45)},
    )
)
"""A card that is saved without a payment."""

REFUND = Draft202012Validator(
    _object(
        {"payment_id": _text(64), "amount": _AMOUNT},
        {"description": _text(250), "metadata": _METADATA, "receipt": _RECEIPT, "sources": _NOTHING},
    )
)


def first_fault(schema: Draft202012Validator, body: Any) -> tuple[str, str] | None:
    """Return where a body is wrong and how, or None if it is right."""
    for error in schema.iter_errors(body):
        return ".".join(str(part) for part in error.absolute_path), error.message
    return None
