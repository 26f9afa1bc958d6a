"""Opening PayPal from its settings."""

from urllib.parse import urlsplit

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.paypal.access import Access
from gateways.paypal.adapter import Paypal
from gateways.paypal.certificates import HOSTS, Certificates, CertificateSource, HttpsSource
from gateways.paypal.webhooks import PaypalReader
from gateways.settings import GatewaySettings, UnableToOpen
from gateways.transport import Transport

VARIABLES: dict[str, str] = {
    "CLIENT_ID": "the client id of the REST application in PayPal's developer dashboard",
    "CLIENT_SECRET": "the secret of the same REST application",
    "API_BASE": "where the API is; https://api-m.paypal.com unless set, https://api-m.sandbox.paypal.com for trials",
    "WEBHOOK_ID": "PayPal's id of the webhook that was set up in the same REST application; the relay wants it",
    "CERT_HOSTS": "hosts whose certificates may sign webhooks, separated by commas; PayPal's four unless set",
    "CERT_ORIGIN": "for development only: an address on this machine that certificates are fetched from",
}
"""Every variable that is read here, without the prefix."""

API_BASE = "https://api-m.paypal.com"

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def open_gateway(settings: GatewaySettings) -> Gateway:
    """
    Open the gateway; no call is made yet.

    Raises:
        UnableToOpen: a setting is missing or wrong.
    """
    client_id = settings.wanted("CLIENT_ID", VARIABLES["CLIENT_ID"])
    client_secret = settings.wanted("CLIENT_SECRET", VARIABLES["CLIENT_SECRET"])
    base = settings.given("API_BASE", API_BASE).rstrip("/")
    parts = urlsplit(base)
    if not (parts.scheme == "https" or (parts.scheme == "http" and _is_stand_in(parts.hostname, settings))):
        raise UnableToOpen(f"{settings.prefix}API_BASE is {base!r}; an https address such as {API_BASE} is wanted")
    return Paypal(Access(Transport(base), client_id, client_secret))


def open_reader(settings: GatewaySettings, *, source: CertificateSource | None = None) -> WebhookReader:
    """
    Open the reader of webhooks; it needs no secret.

    Args:
        settings: the gateway's.
        source: where certificates come from; PayPal, over HTTPS, unless given.

    Raises:
        UnableToOpen: a setting is missing or wrong.
    """
    webhook_id = settings.wanted("WEBHOOK_ID", VARIABLES["WEBHOOK_ID"])
    hosts = settings.listed("CERT_HOSTS") or HOSTS
    origin = settings.given("CERT_ORIGIN", "") or None
    if origin is not None and not _is_stand_in(urlsplit(origin).hostname, settings):
        # Elsewhere whoever answers there could sign webhooks.
        raise UnableToOpen(f"{settings.prefix}CERT_ORIGIN is {origin!r}; only an address of this machine is taken")
    return PaypalReader(webhook_id, Certificates(source or HttpsSource(origin), hosts))


def _is_stand_in(host: str | None, settings: GatewaySettings) -> bool:
    """Tell whether PayPal may be played by whoever answers there: on this machine, or in development."""
    return host is not None and (host in LOOPBACK or settings.is_development)
