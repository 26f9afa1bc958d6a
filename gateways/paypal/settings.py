"""PayPal's variables."""

from urllib.parse import urlsplit

from gateways.settings import GatewaySettings, UnableToOpen

IS_FOR_DEVELOPMENT = False

API_BASE = "https://api-m.paypal.com"

CERTIFICATE_HOSTS = ("api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com")

VARIABLES = {
    "CLIENT_ID": "the client id of the REST application in PayPal's developer dashboard",
    "CLIENT_SECRET": "the secret of the same REST application",
    "API_BASE": "where the API is; https://api-m.paypal.com unless set, https://api-m.sandbox.paypal.com for trials",
    "WEBHOOK_ID": "PayPal's id of the webhook that was set up in the same REST application; the relay wants it",
    "CERT_HOSTS": "hosts whose certificates may sign webhooks, separated by commas; PayPal's four unless set",
    "CERT_ORIGIN": "for development only: an address on this machine that certificates are fetched from",
}


def credentials(settings: GatewaySettings) -> tuple[str, str]:
    """
    Return id and secret of the REST application.

    Raises:
        UnableToOpen: one of them is missing.
    """
    return (
        settings.required("CLIENT_ID", VARIABLES["CLIENT_ID"]),
        settings.required("CLIENT_SECRET", VARIABLES["CLIENT_SECRET"]),
    )


def api_base(settings: GatewaySettings) -> str:
    """
    Return where the API is, without a slash at its end.

    Raises:
        UnableToOpen: the address would carry the credentials unencrypted.
    """
    return settings.address("API_BASE", API_BASE)


def webhook_id(settings: GatewaySettings) -> str:
    """
    Return PayPal's id of our webhook.

    Raises:
        UnableToOpen: it is missing.
    """
    return settings.required("WEBHOOK_ID", VARIABLES["WEBHOOK_ID"])


def certificate_hosts(settings: GatewaySettings) -> tuple[str, ...]:
    """Return the exact hosts whose certificates may sign webhooks."""
    return settings.listed("CERT_HOSTS") or CERTIFICATE_HOSTS


def certificate_origin(settings: GatewaySettings) -> str | None:
    """
    Return where a double serves its certificates, or None for PayPal's own hosts.

    Raises:
        UnableToOpen: it is no address, or not on this machine.
    """
    if not settings.optional("CERT_ORIGIN", ""):
        return None
    origin = settings.address("CERT_ORIGIN", "http://127.0.0.1:8702")
    if not settings.may_be_double(urlsplit(origin).hostname):
        # Elsewhere whoever answers there could sign webhooks.
        raise UnableToOpen(f"{settings.prefix}CERT_ORIGIN is {origin!r}; only an address of this machine is taken")
    return origin
