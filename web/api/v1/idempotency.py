"""Idempotency keys: the same request twice has one effect, and the second gets the first answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header

from asgi.problem_details import Problem
from web.api.v1.problems import problem
from web.api.v1.settings import Api

MAX_CHARACTERS = 255

MAX_ID_CHARACTERS = 128
"""Of a message; a longer key stands there as its hash."""

RETRY_SECONDS = 1


def read_key(text: str | None) -> str | None:
    """
    Return the id of the message that a key stands for; None where there is none.

    Args:
        text: the header as it came: bare, or as a quoted string.

    Raises:
        Problem: it is empty, too long, or has other characters than those that can be printed.
    """
    if text is None:
        return None
    if len(text) >= 2 and text.startswith('"') and text.endswith('"'):
        text = text[1:-1]
    if not (0 < len(text) <= MAX_CHARACTERS and text.isascii() and text.isprintable()):
        raise problem("idempotency_key_invalid")
    return text if len(text) <= MAX_ID_CHARACTERS else sha256(text.encode()).hexdigest()


def _wanted(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Names this request for ever: a repeat with the same key has no second effect. A UUID, say",
            max_length=MAX_CHARACTERS + 2,
            examples=["6d1f0a4e-3c1b-4a0e-9a51-0c1f4d1c7a11"],
        ),
    ] = None,
) -> str:
    key = read_key(idempotency_key)
    if key is None:
        raise problem("idempotency_key_missing")
    return key


IdempotencyKey = Annotated[str, Depends(_wanted)]
"""The id of the message that a request becomes."""


@contextmanager
def in_progress(api: Api, source: str, key: str) -> Iterator[None]:
    """
    Hold a key while its request is worked on in this process.

    Others are handled by the inbox, which lets one of them wait and gives both the same answer.

    Raises:
        Problem: it is being worked on already.
    """
    held = (source, key)
    if held in api.in_progress:
        busy = problem("request_in_progress")
        raise Problem(busy.status, busy.code, busy.detail, headers={"Retry-After": str(RETRY_SECONDS)})
    api.in_progress.add(held)
    try:
        yield
    finally:
        api.in_progress.discard(held)
