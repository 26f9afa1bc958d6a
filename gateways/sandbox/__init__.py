"""The sandbox: a gateway for a first look and for development; it moves no money and stays out of production."""

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.sandbox.adapter import SandboxGateway
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.settings import IS_FOR_DEVELOPMENT, VARIABLES, api_url, page_url, webhook_secret
from gateways.sandbox.webhooks import SandboxWebhookReader
from gateways.settings import GatewaySettings
from gateways.transport import Transport

__all__ = ["IS_FOR_DEVELOPMENT", "VARIABLES", "open_gateway", "open_webhook_reader"]


def open_gateway(settings: GatewaySettings) -> Gateway:
    """Return the gateway; it needs no secret, for there is no money behind it."""
    client = SandboxClient(Transport(api_url(settings)))
    return SandboxGateway(client, page_url=page_url(settings))


def open_webhook_reader(settings: GatewaySettings) -> WebhookReader:
    """Return the reader of webhooks."""
    return SandboxWebhookReader(webhook_secret(settings))
