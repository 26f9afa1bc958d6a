"""Where buyers may be sent back to after a payment: to the portal, and to the origins that the installation names."""

from urllib.parse import urlsplit

from web.api.v1.problems import problem
from web.api.v1.settings import ApiSettings


def check_return_urls(settings: ApiSettings, *urls: str | None) -> None:
    """
    Check that buyers may be sent back to addresses.

    Raises:
        Problem: one of them has another origin than the portal and those that the installation names.
    """
    allowed = {origin_of(address) for address in (settings.portal_url, *settings.return_origins)}
    for url in urls:
        if url is not None and origin_of(url) not in allowed:
            raise problem(
                "return_url_not_allowed", "buyers are sent back to the portal, or to an origin that is allowed"
            )


def origin_of(url: str) -> tuple[str, str | None, int | None] | None:
    """Return scheme, host and port of an address; None: it names nothing, or a user."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    # What browsers take for a slash may hide another host from whoever reads the address as Python does.
    if parts.username is not None or "\\" in url:
        return None
    return parts.scheme, parts.hostname, port
