"""For which pages passkeys can be: those that browsers reach by a host name."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from domain.access.passkey import Site


def site_of(address: str, name: str) -> Site | None:
    """
    Return the site of an address that browsers know; None: it can have no passkeys.

    Browsers bind a passkey to a host name: an address of numbers has none. Without TLS they trust
    this machine alone.

    Args:
        address: such as `https://admin.screph.example`, without a slash at its end.
        name: shown when a passkey is made.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if _is_numbers(host) or not host:
        return None
    if parts.scheme != "https" and host != "localhost" and not host.endswith(".localhost"):
        return None
    default = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return Site(host, f"{parts.scheme}://{host}{port}", name)


def _is_numbers(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
