"""Webhooks to RabbitMQ: verified, published with a confirm, and only then answered. No database."""

import asyncio
import logging
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from math import ceil

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from boot.settings import UnableToStart
from broker.publication import Receipt
from domain.gateway.errors import ForeignAddress, UnableToReach, Unverified
from domain.gateway.webhook import Hint, WebhookReader
from relay.limits import RateLimit, TooLarge, read_capped
from relay.peers import Network, networks_of, peer_of
from relay.publishing import Publishing, UnableToPublish
from relay.received import publication_of
from relay.serving import serve_until

log = logging.getLogger(__name__)

CONFIRM_SECONDS = 10.0
"""How long the broker may take; gateways give up after ten to thirty seconds and come again."""

BODY_SECONDS = 10.0
"""How long a body may take to arrive; who sends a byte a second holds a connection, not a worker."""

SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")


class Refused(Exception):
    """A webhook is not taken; the status, and the reason for our log alone."""

    def __init__(self, status: int, reason: str, *, wait_seconds: float = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.wait_seconds = wait_seconds


def create_app(
    readers: Mapping[str, WebhookReader],
    publish: Publishing,
    *,
    path_secret: str | None = None,
    trusted_proxies: tuple[str, ...] = (),
    max_body_bytes: int = 262_144,
    requests_per_second: int = 200,
) -> FastAPI:
    """
    Return the application that takes webhooks at POST /webhooks/{gateway}.

    Args:
        readers: by the name that stands in the address.
        publish: the way to the broker.
        path_secret: a further segment of the address, which only the gateway's settings know.
        trusted_proxies: networks whose X-Forwarded-For is believed.
        max_body_bytes: how large a body may be.
        requests_per_second: how many of one address are taken; as many may come at once.

    Raises:
        UnableToStart: there is no reader, or another argument is wrong.
    """
    if not readers:
        raise UnableToStart("no gateway is set up, so no webhook could be verified; set one up, or do not start this")
    if path_secret is not None and not SECRET.fullmatch(path_secret):
        raise UnableToStart("the secret in the address of webhooks wants 16 to 128 of A-Z a-z 0-9 _ -")
    try:
        trusted = networks_of(trusted_proxies)
    except ValueError as error:
        raise UnableToStart(f"a trusted proxy is not a network such as 10.0.0.0/8: {error}") from error
    door = _Door(readers, publish, path_secret, trusted, max_body_bytes, RateLimit(requests_per_second))

    app = FastAPI(title="Screph billing: webhooks", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.redirect_slashes = False
    app.state.publishing = publish
    app.add_api_route("/webhooks/{gateway}", door.take, methods=["POST"])
    app.add_api_route("/webhooks/{gateway}/{secret}", door.take, methods=["POST"])
    app.add_api_route("/healthz", door.health, methods=["GET"])
    return app


def serve(app: FastAPI, *, host: str, port: int, stopping: threading.Event) -> None:
    """
    Serve what `create_app` made, in this thread, until an event is set.

    Raises:
        UnableToStart: the address cannot be listened at.
        PartDied: publishing has died; the process should end.
    """
    publishing: Publishing = app.state.publishing
    serve_until(app, host=host, port=port, stopping=stopping, is_alive=lambda: publishing.is_alive)


class _Door:
    """What one webhook goes through, step by step."""

    def __init__(
        self,
        readers: Mapping[str, WebhookReader],
        publishing: Publishing,
        path_secret: str | None,
        trusted: tuple[Network, ...],
        max_body_bytes: int,
        rate: RateLimit,
    ) -> None:
        self._readers = readers
        self._publishing = publishing
        self._path_secret = path_secret
        self._trusted = trusted
        self._max_body_bytes = max_body_bytes
        self._rate = rate

    async def health(self) -> Response:
        """Tell whether webhooks can be taken at all; a broker that is away for a while is no reason to end."""
        return Response(status_code=200 if self._publishing.is_alive else 503)

    async def take(self, request: Request, gateway: str, secret: str | None = None) -> Response:
        """Take one webhook: 200 once the broker has confirmed it, or if it is nothing to us."""
        socket_host = request.client.host if request.client else None
        peer = peer_of(socket_host, request.headers.getlist("x-forwarded-for"), self._trusted)
        try:
            if wait_seconds := self._rate.wait_seconds(peer):
                raise Refused(429, "too many requests", wait_seconds=wait_seconds)
            reader = self._reader(gateway, secret)
            body = await self._body(request)
            hint = await run_in_threadpool(_verified, reader, request, body, str(peer or ""))
            if hint is None:
                log.info("a webhook of %s from %s is of a kind that is nothing to us", gateway, peer)
            else:
                await self._published(hint, body)
        except Refused as refused:
            log.warning(
                "a webhook of %s from %s is refused with %d: %s", _shown(gateway), peer, refused.status, _shown(refused)
            )
            return _answer(refused)
        return Response(status_code=200)

    def _reader(self, gateway: str, secret: str | None) -> WebhookReader:
        wanted, given = self._path_secret or "", secret or ""
        if not compare_digest(wanted.encode(), given.encode("utf-8", "surrogateescape")):
            raise Refused(404, "the secret in the address is wrong or missing")
        reader = self._readers.get(gateway)
        if reader is None:
            raise Refused(404, "no such gateway is set up")
        return reader

    async def _body(self, request: Request) -> bytes:
        declared = request.headers.get("content-length")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await read_capped(request.stream(), declared=declared, max_bytes=self._max_body_bytes)
        except TooLarge as error:
            raise Refused(413, str(error)) from error
        except TimeoutError as error:
            raise Refused(408, f"the body did not arrive within {BODY_SECONDS:g} s") from error
        except ClientDisconnect as error:
            raise Refused(400, "the sender went away before the body was there") from error

    async def _published(self, hint: Hint, body: bytes) -> None:
        publication = publication_of(hint, body, at=datetime.now(UTC))
        try:
            receipt = self._publishing.hand_over(publication)
            said = await asyncio.wait_for(asyncio.wrap_future(receipt), CONFIRM_SECONDS)
        except UnableToPublish as error:
            raise Refused(503, str(error)) from error
        except TimeoutError as error:
            raise Refused(503, f"the broker did not confirm within {CONFIRM_SECONDS:g} s") from error
        if said is not Receipt.CONFIRMED:
            raise Refused(503, f"the broker did not keep it: {said.value}")


def _verified(reader: WebhookReader, request: Request, body: bytes, peer: str) -> Hint | None:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        # A header that came twice is one list, as HTTP has it.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    try:
        return reader.read(headers, body, peer)
    except ForeignAddress as error:
        raise Refused(403, str(error)) from error
    except Unverified as error:
        raise Refused(400, str(error)) from error
    except UnableToReach as error:
        raise Refused(503, str(error)) from error


def _answer(refused: Refused) -> Response:
    answer = Response(status_code=refused.status)
    if refused.status == 429:
        answer.headers["Retry-After"] = str(ceil(refused.wait_seconds))
    if refused.status in (408, 413):
        # The rest of the body is still on its way; it must not be taken for the next request.
        answer.headers["Connection"] = "close"
    return answer


def _shown(words: object) -> str:
    # Strangers have a say in it: it must stay one line, and a short one.
    return "".join(letter if letter.isprintable() else "?" for letter in str(words)[:300])
