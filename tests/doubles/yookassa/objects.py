"""YooKassa's objects as JSON, and the errors that it answers with."""

import uuid
from datetime import UTC, datetime
from typing import Any

from domain.money import Money, decimal_text, money_of

SHOP_ID = "100500"
CARD_TITLE = "Bank card *4444"


class Refused(Exception):
    """The API answers with an error."""

    def __init__(self, status: int, code: str, description: str, parameter: str | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"type": "error", "id": str(uuid.uuid4()), "code": code, "description": description}
        if parameter:
            self.body["parameter"] = parameter


def invalid(description: str, parameter: str | None = None) -> Refused:
    """Return the error of a request that is wrong."""
    return Refused(400, "invalid_request", description, parameter)


def moment_text(moment: datetime) -> str:
    """Return a moment as YooKassa writes it, such as `2026-11-20T10:11:41.499Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def amount_json(money: Money) -> dict[str, str]:
    """Return an amount as JSON."""
    return {"value": decimal_text(money, decimals=2), "currency": money.currency}


def money_in(amount: dict[str, str]) -> Money:
    """Return the amount in JSON."""
    return money_of(amount["value"], amount["currency"])


def payment_json(request: dict[str, Any], *, at: str) -> dict[str, Any]:
    """Return a new payment that waits."""
    body = {
        "id": str(uuid.uuid4()),
        "status": "pending",
        "paid": False,
        "amount": request["amount"],
        "created_at": at,
        "metadata": request.get("metadata", {}),
        "recipient": {"account_id": SHOP_ID, "gateway_id": "100700"},
        "refundable": False,
        "test": False,
    }
    if "description" in request:
        body["description"] = request["description"]
    if "merchant_customer_id" in request:
        body["merchant_customer_id"] = request["merchant_customer_id"]
    if "receipt" in request:
        body["receipt_registration"] = "pending"
    return body


def card_json(method_id: str, *, first6: str = "555555", is_saved: bool) -> dict[str, Any]:
    """Return the method of a payment: a card that begins with some digits."""
    return {
        "type": "bank_card",
        "id": method_id,
        "saved": is_saved,
        "status": "active" if is_saved else "inactive",
        "title": CARD_TITLE,
        "card": {
            "first6": first6,
            "last4": "4444",
            "expiry_month": "12",
            "expiry_year": "2030",
            "card_type": "MasterCard",
            "issuer_country": "RU",
        },
    }


def setup_json(request: dict[str, Any]) -> dict[str, Any]:
    """Return a new method that waits for its buyer."""
    body: dict[str, Any] = {
        "type": "bank_card",
        "id": str(uuid.uuid4()),
        "saved": False,
        "status": "pending",
        "holder": {"account_id": SHOP_ID, "gateway_id": "100700"},
    }
    return body | ({"metadata": request["metadata"]} if "metadata" in request else {})


def refund_json(payment_id: str, amount: Money, metadata: dict[str, str], *, at: str) -> dict[str, Any]:
    """Return a new refund that waits."""
    body: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "payment_id": payment_id,
        "status": "pending",
        "created_at": at,
        "amount": amount_json(amount),
    }
    return body | ({"metadata": metadata} if metadata else {})
