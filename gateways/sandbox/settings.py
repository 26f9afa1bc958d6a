"""The sandbox's variables; its server reads them, too."""

from gateways.settings import GatewaySettings, UnableToOpen

IS_FOR_DEVELOPMENT = True

VARIABLES = {
    "URL": "where its server is; without it at http://127.0.0.1:8090, where `billing run` serves it",
    "PAGE_URL": "where the buyer's browser finds its server, if that is another address than URL",
    "WEBHOOK_URL": "where its webhooks go; without it to the endpoint of `billing run`, at WEBHOOKS_PORT",
    "WEBHOOK_SECRET": "what its webhooks are signed with; `sandbox` without",
}

DEFAULT_URL = "http://127.0.0.1:8090"
DEFAULT_WEBHOOK_URL = "http://127.0.0.1:8080/webhooks/sandbox"
DEFAULT_WEBHOOK_SECRET = "sandbox"


def api_url(settings: GatewaySettings) -> str:
    """
    Return where the server is, without a slash at its end.

    Raises:
        UnableToOpen: it does not begin with http:// or https://; so do the other addresses.
    """
    return _address(settings, "URL", DEFAULT_URL)


def page_url(settings: GatewaySettings) -> str:
    """Return where the buyer's browser finds the server."""
    return _address(settings, "PAGE_URL", api_url(settings))


def webhook_url(settings: GatewaySettings) -> str:
    """Return where the server sends its webhooks."""
    return _address(settings, "WEBHOOK_URL", DEFAULT_WEBHOOK_URL)


def webhook_secret(settings: GatewaySettings) -> str:
    """Return what the server signs its webhooks with."""
    return settings.optional("WEBHOOK_SECRET", DEFAULT_WEBHOOK_SECRET)


def _address(settings: GatewaySettings, name: str, default: str) -> str:
    url = settings.optional(name, default).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise UnableToOpen(f"{settings.prefix}{name} is {url!r}; an address such as {default} is wanted")
    return url
