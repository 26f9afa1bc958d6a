"""Opening the sandbox from its settings."""

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.sandbox.adapter import SandboxGateway
from gateways.sandbox.webhooks import SandboxReader
from gateways.settings import GatewaySettings, UnableToOpen
from gateways.transport import Transport

IS_FOR_DEVELOPMENT = True
"""No money moves here; an installation that is in production refuses to open it."""

VARIABLES: dict[str, str] = {
    "URL": "where its server is; without it at http://127.0.0.1:8090, where `billing run` serves it",
    "PAGE_URL": "where the buyer's browser finds its server, if that is another address than URL",
    "WEBHOOK_URL": "where its webhooks go; http://127.0.0.1:8080/webhooks/sandbox without",
    "WEBHOOK_SECRET": "what its webhooks are signed with; `sandbox` without",
}

DEFAULT_URL = "http://127.0.0.1:8090"
DEFAULT_WEBHOOK_URL = "http://127.0.0.1:8080/webhooks/sandbox"
DEFAULT_WEBHOOK_SECRET = "sandbox"


def open_gateway(settings: GatewaySettings) -> Gateway:
    """
    Return the gateway.

    Raises:
        UnableToOpen: an address is none.
    """
    url = address(settings, "URL", DEFAULT_URL)
    return SandboxGateway(Transport(url), page_url=address(settings, "PAGE_URL", url))


def open_reader(settings: GatewaySettings) -> WebhookReader:
    """Return the reader of its webhooks."""
    return SandboxReader(secret(settings))


def secret(settings: GatewaySettings) -> str:
    """Return what webhooks are signed with."""
    return settings.given("WEBHOOK_SECRET", DEFAULT_WEBHOOK_SECRET)


def address(settings: GatewaySettings, name: str, default: str) -> str:
    """
    Return an address without a slash at its end.

    Raises:
        UnableToOpen: it does not begin with http:// or https://.
    """
    url = settings.given(name, default).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise UnableToOpen(f"{settings.prefix}{name} is {url!r}; an address such as {default} is wanted")
    return url
