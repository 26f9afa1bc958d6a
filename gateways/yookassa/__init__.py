"""YooKassa: its API in our words, and its webhooks. README.md has its facts and limits."""

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.settings import GatewaySettings
from gateways.yookassa.adapter import YooKassaGateway
from gateways.yookassa.client import YooKassaClient
from gateways.yookassa.settings import (
    IS_FOR_DEVELOPMENT,
    VARIABLES,
    api_base,
    credentials,
    currency,
    networks,
    receipt_rules,
)
from gateways.yookassa.webhooks import YooKassaWebhookReader

__all__ = ["IS_FOR_DEVELOPMENT", "VARIABLES", "open_gateway", "open_webhook_reader"]


def open_gateway(settings: GatewaySettings) -> Gateway:
    """Return the gateway; it needs the shop's secret key."""
    client = YooKassaClient(api_base(settings), credentials(settings))
    return YooKassaGateway(client, currency=currency(settings), receipts=receipt_rules(settings))


def open_webhook_reader(settings: GatewaySettings) -> WebhookReader:
    """Return the reader of webhooks; it needs no secret at all."""
    return YooKassaWebhookReader(networks(settings))
