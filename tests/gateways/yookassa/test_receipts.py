"""Receipts of 54-FZ: when there must be one, and what it says."""

from dataclasses import replace

import pytest

from domain.gateway.errors import CallRefused
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from domain.gateway.requests import Buyer
from domain.money import Money
from gateways.settings import GatewaySettings
from gateways.yookassa import open_gateway
from gateways.yookassa.adapter import YooKassaGateway
from gateways.yookassa.receipts import ReceiptRules, receipt_for
from gateways.yookassa.requests import charge_body, checkout_body, refund_body
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.yookassa.samples import (
    BUYER,
    CHECKOUT_REQUEST,
    PRICE,
    a_key,
    charge_request,
    paid,
    refund_request,
    saved_method,
)

RULES = ReceiptRules(1, "service", "full_payment", "piece")
NOBODY = Buyer("acc-7")


class TestAReceipt:
    def test_says_one_thing_once(self) -> None:
        receipt = receipt_for(replace(RULES, tax_system_code=2), BUYER, title="м" * 200, amount=Money(5, "RUB"))

        assert receipt == {
            "customer": {"email": "buyer@example.com"},
            "items": [
                {
                    "description": "м" * 128,
                    "quantity": 1,
                    "amount": {"value": "0.05", "currency": "RUB"},
                    "vat_code": 1,
                    "payment_subject": "service",
                    "payment_mode": "full_payment",
                    "measure": "piece",
                }
            ],
            "tax_system_code": 2,
        }

    def test_without_an_address_is_refused_with_a_sentence(self) -> None:
        with pytest.raises(CallRefused, match="e-mail is not known") as refused:
            receipt_for(RULES, NOBODY, title="300 minutes", amount=PRICE)

        assert refused.value.code == "receipt_without_email"


class TestAShopWithReceipts:
    def test_takes_payments_charges_and_partial_refunds(
        self, fiscal: YooKassaDouble, fiscal_gateway: YooKassaGateway
    ) -> None:
        method = saved_method(fiscal, fiscal_gateway)
        charged = fiscal_gateway.charge_saved_method(charge_request(method), a_key("ch"))

        refund = fiscal_gateway.refund(refund_request(charged, 5_000), a_key("rf"))

        assert (charged.status, refund.status) == (PaymentStatus.PAID, GatewayRefundStatus.SUCCEEDED)

    def test_takes_a_full_refund_of_a_buyer_whose_address_is_gone(
        self, fiscal: YooKassaDouble, fiscal_gateway: YooKassaGateway
    ) -> None:
        payment = paid(fiscal, fiscal_gateway)

        refund = fiscal_gateway.refund(refund_request(payment, 19_900, buyer=NOBODY), a_key("rf"))

        assert refund.status is GatewayRefundStatus.SUCCEEDED

    def test_makes_no_call_without_an_address(self, fiscal: YooKassaDouble, fiscal_gateway: YooKassaGateway) -> None:
        with pytest.raises(CallRefused):
            fiscal_gateway.create_checkout(replace(CHECKOUT_REQUEST, buyer=NOBODY), a_key())

        assert fiscal.count("create_checkout") == 0

    def test_would_notice_if_one_were_missing(self, fiscal: YooKassaDouble) -> None:
        forgetful = open_gateway(GatewaySettings("YOOKASSA_", fiscal.settings() | {"RECEIPTS": "none"}))

        with pytest.raises(CallRefused, match="receipt"):
            forgetful.create_checkout(CHECKOUT_REQUEST, a_key())


class TestBodies:
    def test_have_a_receipt_where_one_is_due(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway, saves_method=True)
        assert payment.method is not None
        charge, part, whole = (
            charge_request(payment.method),
            refund_request(payment, 5_000),
            refund_request(payment, 19_900),
        )

        assert "receipt" in checkout_body(CHECKOUT_REQUEST, RULES)
        assert "receipt" in charge_body(charge, RULES)
        assert refund_body(part, RULES)["receipt"]["items"][0]["amount"]["value"] == "50.00"
        assert "receipt" not in refund_body(whole, RULES)

    def test_have_none_without_rules(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)

        assert "receipt" not in checkout_body(CHECKOUT_REQUEST, None)
        assert "receipt" not in refund_body(refund_request(payment, 5_000), None)

    def test_name_the_buyer_only_when_a_method_is_saved(self) -> None:
        plain, saving = (
            checkout_body(CHECKOUT_REQUEST, None),
            checkout_body(replace(CHECKOUT_REQUEST, saves_method=True), None),
        )

        assert "save_payment_method" not in plain
        assert "merchant_customer_id" not in plain
        assert (saving["save_payment_method"], saving["merchant_customer_id"]) == (True, "acc-7")
