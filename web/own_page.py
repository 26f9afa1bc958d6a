"""Where a form comes from: a page of ours, or one of somebody else."""

from urllib.parse import urlsplit

from fastapi import Request


def is_from_own_page(request: Request, address: str) -> bool:
    """
    Tell whether a request comes from a page of the site that it reaches.

    Fails closed: of a browser that says neither `Sec-Fetch-Site` nor `Origin` it is not.

    Args:
        request: as it came.
        address: under which people reach this site, such as `https://my.screph.example`.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and _site(origin) == _site(address)


def _site(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
