"""Stripe: its API in our words, and its webhooks."""

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.settings import GatewaySettings
from gateways.stripe.adapter import StripeGateway
from gateways.stripe.client import open_client
from gateways.stripe.settings import IS_FOR_DEVELOPMENT, VARIABLES, api_base, is_live, secret_key, webhook_secrets
from gateways.stripe.webhooks import StripeWebhookReader

__all__ = ["IS_FOR_DEVELOPMENT", "VARIABLES", "open_gateway", "open_webhook_reader"]


def open_gateway(settings: GatewaySettings) -> Gateway:
    """Return the gateway; it needs the secret key."""
    return StripeGateway(open_client(secret_key(settings), api_base(settings)))


def open_webhook_reader(settings: GatewaySettings) -> WebhookReader:
    """Return the reader of webhooks; it needs the secrets of the webhook endpoint alone."""
    return StripeWebhookReader(webhook_secrets(settings), is_live=is_live(settings))
