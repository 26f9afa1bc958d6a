"""YooKassa's variables: which must be set, and what is said about a wrong one."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.settings import GatewaySettings, UnableToOpen
from gateways.yookassa import VARIABLES, open_gateway, open_webhook_reader, settings

SECRETS = {"SHOP_ID": "100500", "SECRET_KEY": "test_x"}
RECEIPTS = SECRETS | {"RECEIPTS": "yookassa", "VAT_CODE": "1"}


class TestSettings:
    def test_wants_no_more_than_the_two_secrets(self) -> None:
        gateway: Gateway = open_gateway(GatewaySettings("YOOKASSA_", SECRETS))

        assert (gateway.name, gateway.key_lifetime) == ("yookassa", timedelta(hours=20))
        assert gateway.refund_window == timedelta(days=1095)

    @pytest.mark.parametrize("missing", list(SECRETS))
    def test_names_the_secret_that_is_missing(self, missing: str) -> None:
        with pytest.raises(UnableToOpen, match=f"YOOKASSA_{missing} is not set"):
            open_gateway(GatewaySettings("YOOKASSA_", SECRETS | {missing: " "}))

    @pytest.mark.parametrize(
        ("values", "name"),
        [
            (SECRETS | {"CURRENCY": "rub"}, "CURRENCY"),
            (SECRETS | {"CURRENCY": "JPY"}, "CURRENCY"),
            (SECRETS | {"RECEIPTS": "yes"}, "RECEIPTS"),
            (SECRETS | {"RECEIPTS": "yookassa"}, "VAT_CODE"),
            (RECEIPTS | {"VAT_CODE": "0"}, "VAT_CODE"),
            (RECEIPTS | {"VAT_CODE": "13"}, "VAT_CODE"),
            (RECEIPTS | {"VAT_CODE": "20%"}, "VAT_CODE"),
            (RECEIPTS | {"TAX_SYSTEM_CODE": "7"}, "TAX_SYSTEM_CODE"),
            (RECEIPTS | {"PAYMENT_SUBJECT": "minutes"}, "PAYMENT_SUBJECT"),
            (RECEIPTS | {"PAYMENT_MODE": "prepayment"}, "PAYMENT_MODE"),
            (RECEIPTS | {"MEASURE": "min"}, "MEASURE"),
            (SECRETS | {"SHOP_ID": "my shop"}, "SHOP_ID"),
            (SECRETS | {"SHOP_ID": "100500:x"}, "SHOP_ID"),
            (SECRETS | {"API_BASE": "http://api.yookassa.ru/v3"}, "API_BASE"),
        ],
    )
    def test_names_the_setting_that_is_wrong(self, values: dict[str, str], name: str) -> None:
        with pytest.raises(UnableToOpen, match=f"YOOKASSA_{name}"):
            open_gateway(GatewaySettings("YOOKASSA_", values))

    def test_takes_receipts_with_all_they_need(self) -> None:
        gateway = open_gateway(GatewaySettings("YOOKASSA_", RECEIPTS | {"TAX_SYSTEM_CODE": "2"}))

        assert gateway.name == "yookassa"

    def test_a_reader_needs_no_secret(self) -> None:
        reader: WebhookReader = open_webhook_reader(GatewaySettings("YOOKASSA_", {}))

        assert reader.name == "yookassa"

    @pytest.mark.parametrize("network", ["185.71.76.1/27", "everywhere", "10.0.0.0/33"])
    def test_a_network_that_is_none_is_named(self, network: str) -> None:
        with pytest.raises(UnableToOpen, match=re.escape(network)):
            open_webhook_reader(GatewaySettings("YOOKASSA_", {"NETWORKS": network}))

    def test_every_variable_that_is_read_is_described(self) -> None:
        text = Path(settings.__file__).read_text(encoding="utf-8")

        read = set(re.findall(r'settings(?:\.\w+\(|, )"([A-Z_]+)"', text))

        assert read == set(VARIABLES)
