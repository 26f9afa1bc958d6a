"""
A gateway that only charges, in a process of its own and at little cost, so that the worker is what is measured.

`python -m bench.charging SECONDS`: it speaks as the sandbox does, answers each charge after that time, and writes its
address on its first line; `GET /books` says what it has taken.
"""

import asyncio
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.doubles.server import Served

Send = Any
"""How ASGI gives an answer."""


class Charging:
    """The application, by ASGI alone; a repeat of a key gets the first answer and takes nothing."""

    def __init__(self, *, answers_after_s: float) -> None:
        self._answers_after_s = answers_after_s
        self._answers: dict[bytes, bytes] = {}
        self._taken_minor = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Answer one call."""
        if scope["path"] == "/books":
            books = {"charges": len(self._answers), "taken_minor": self._taken_minor}
            await _answer(send, json.dumps(books).encode())
            return
        body = b""
        is_whole = False
        while not is_whole:
            message = await receive()
            body += message["body"]
            is_whole = not message.get("more_body", False)
        key = dict(scope["headers"])[b"idempotency-key"]
        if key not in self._answers:
            self._answers[key] = self._charge(json.loads(body))
        await asyncio.sleep(self._answers_after_s)
        await _answer(send, self._answers[key])

    def _charge(self, asked: dict[str, Any]) -> bytes:
        self._taken_minor += asked["amount_minor"]
        method = {
            "token": asked["method"],
            "customer": f"customer-of-{asked['account_id']}",
            "label": "Card *4242",
            "expires_on": "2032-12-31",
        }
        paid = {
            "checkout_ref": None,
            "payment_ref": f"sbx_pay_{uuid.uuid4().hex}",
            "state": "paid",
            "refunded_minor": 0,
            "changed_at": datetime.now(UTC).isoformat(),
            "decline_code": None,
        }
        return json.dumps(asked | paid | {"method": method}).encode()


@contextmanager
def charging(*, answers_after_s: float) -> Iterator[str]:
    """Run it for a while; gives its address."""
    command = [sys.executable, "-m", "bench.charging", str(answers_after_s)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(10)


def books_of(url: str) -> tuple[int, int]:
    """Return how many charges it has made, and how many minor units it has taken."""
    books = httpx.get(f"{url}/books", trust_env=False).json()
    return books["charges"], books["taken_minor"]


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until nobody is there any more who started this."""
    with Served(Charging(answers_after_s=float(sys.argv[1]))) as served:
        sys.stdout.write(f"{served.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
