"""Reading the body of a request, with a limit of its size and of its time."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from asgi.refusal import RequestRefused

BODY_SECONDS = 10.0
"""How long a body may take to arrive; who sends a byte a second holds a connection, not a worker."""

DRAIN_BYTES = 1_048_576
"""How much of a body that is too large is still read, so that its sender gets the answer and not only a reset."""


class BodyTooLarge(Exception):
    """A body is larger than the limit."""


async def read_body(request: Request, *, max_bytes: int) -> bytes:
    """
    Return the body of a request.

    Raises:
        RequestRefused: it is larger than `max_bytes`, too slow, or its sender went away.
    """
    declared = request.headers.get("content-length")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await read_capped(request.stream(), declared=declared, max_bytes=max_bytes)
    except BodyTooLarge as error:
        raise RequestRefused(413, str(error)) from error
    except TimeoutError as error:
        raise RequestRefused(408, f"the body did not arrive within {BODY_SECONDS:g} s") from error
    except ClientDisconnect as error:
        raise RequestRefused(400, "the sender went away before the body was complete") from error


async def read_capped(chunks: AsyncIterator[bytes], *, declared: str | None, max_bytes: int) -> bytes:
    """
    Return a body that comes in chunks.

    Args:
        chunks: the body as it arrives.
        declared: Content-Length, if it was sent; it is only believed when it says "too large".
        max_bytes: how large the body may be.

    Raises:
        BodyTooLarge: the body, or its declared length, is larger.
    """
    is_too_large = declared is not None and declared.isdecimal() and int(declared) > max_bytes
    body = bytearray()
    dropped = 0
    async for chunk in chunks:
        if not is_too_large and len(body) + len(chunk) <= max_bytes:
            body += chunk
            continue
        is_too_large = True
        dropped += len(body) + len(chunk)
        body.clear()
        if dropped > DRAIN_BYTES:
            break
    if is_too_large:
        raise BodyTooLarge(f"the body is larger than {max_bytes} bytes")
    return bytes(body)
