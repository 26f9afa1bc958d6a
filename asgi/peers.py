"""Who sent a request: the other end of the socket, or whom a trusted proxy names."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import Request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def peer_of_request(request: Request, trusted: Sequence[Network]) -> Address | None:
    """Return the address that a request comes from; None if its socket has none."""
    socket_host = request.client.host if request.client else None
    return peer_of(socket_host, request.headers.getlist("x-forwarded-for"), trusted)


def counted_address(request: Request, trusted: Sequence[Network]) -> str | None:
    """
    Return the address of the internet that a request comes from, by which tries are counted; None: it is not known.

    IPv6 by its /64, which is what one household has. A private address is that of a proxy which nobody has named:
    counted by it, all buyers would be one.
    """
    peer = peer_of_request(request, trusted)
    if peer is None or not peer.is_global:
        return None
    return str(peer) if peer.version == 4 else f"{ip_network((int(peer) >> 64 << 64, 64))}"


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """
    Return the networks that texts such as `10.0.0.0/8` or `192.0.2.7` name.

    Raises:
        ValueError: one of them names no network; the text says which.
    """
    return tuple(ip_network(text.strip()) for text in texts)


def peer_of(socket_host: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> Address | None:
    """
    Return the address that a request comes from; None if the socket has none.

    X-Forwarded-For is read from the right, each hop being believed by the next: the first that is
    not a trusted proxy is the sender. What stands further left may be anybody's invention. A hop
    that is not an address ends the search at the proxy that wrote it down.

    Args:
        socket_host: the other end of the socket.
        forwarded: every X-Forwarded-For header, in the order they came.
        trusted: the networks of our own proxies.
    """
    peer = address_of(socket_host or "")
    hops = [hop for header in forwarded for hop in header.split(",")]
    while peer is not None and hops and any(peer in network for network in trusted):
        before = address_of(hops.pop())
        if before is None:
            break
        peer = before
    return peer


def address_of(text: str) -> Address | None:
    """Return the address in a text, without port and brackets, an IPv4 in IPv6 as IPv4; None if there is no address."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
