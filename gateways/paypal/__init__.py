"""PayPal: its API in our words, and its webhooks."""

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.certificate_source import HttpsSource
from gateways.paypal.certificates import Certificates
from gateways.paypal.client import PaypalClient
from gateways.paypal.settings import (
    IS_FOR_DEVELOPMENT,
    VARIABLES,
    api_base,
    certificate_hosts,
    certificate_origin,
    credentials,
    webhook_id,
)
from gateways.paypal.webhooks import PaypalWebhookReader
from gateways.settings import GatewaySettings
from gateways.transport import Transport

__all__ = ["IS_FOR_DEVELOPMENT", "VARIABLES", "open_gateway", "open_webhook_reader"]


def open_gateway(settings: GatewaySettings) -> Gateway:
    """Return the gateway; it needs the credentials of the REST application."""
    return PaypalGateway(PaypalClient(Transport(api_base(settings)), *credentials(settings)))


def open_webhook_reader(settings: GatewaySettings) -> WebhookReader:
    """Return the reader of webhooks; it needs no secret at all."""
    certificates = Certificates(HttpsSource(certificate_origin(settings)), certificate_hosts(settings))
    return PaypalWebhookReader(webhook_id(settings), certificates)
