"""Receipts of the law 54-FZ, which YooKassa registers for the shop and mails to the buyer."""

from dataclasses import dataclass
from typing import Any

from domain.gateway.errors import CallRefused
from domain.gateway.requests import Buyer
from domain.money import Money
from gateways.yookassa.amounts import to_wire

_DESCRIPTION_LENGTH = 128


@dataclass(frozen=True, slots=True)
class ReceiptRules:
    """
    What the shop's receipts say about what it sells; the values are YooKassa's codes.

    Which are right depends on the shop's taxes; this program cannot know.
    """

    vat_code: int
    payment_subject: str
    payment_mode: str
    measure: str
    tax_system_code: int | None = None


def receipt_for(rules: ReceiptRules, buyer: Buyer, *, title: str, amount: Money) -> dict[str, Any]:
    """
    Return the receipt of one payment or of one partial refund: one item, once.

    Raises:
        CallRefused: the buyer has no mail address, and YooKassa delivers receipts to nothing else.
    """
    if not buyer.email:
        raise CallRefused(
            "receipt_without_email",
            "a receipt is due (YOOKASSA_RECEIPTS) and the buyer's e-mail is not known; ask for it before paying",
        )
    item = {
        "description": title[:_DESCRIPTION_LENGTH],
        "quantity": 1,
        "amount": to_wire(amount),
        "vat_code": rules.vat_code,
        "payment_subject": rules.payment_subject,
        "payment_mode": rules.payment_mode,
        "measure": rules.measure,
    }
    receipt: dict[str, Any] = {"customer": {"email": buyer.email}, "items": [item]}
    if rules.tax_system_code is not None:
        receipt["tax_system_code"] = rules.tax_system_code
    return receipt
