"""The webhook endpoint: verify, publish with a confirm, and only then answer. No database."""

import asyncio
import logging
import re
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from asgi.body import read_body
from asgi.peers import Network, networks_of, peer_of_request
from asgi.rate_limit import RateLimit
from asgi.refusal import RequestRefused, for_log, refusal_response
from asgi.secret_path import MASK, SecretPath
from asgi.security_headers import SecurityHeaders
from asgi.serving import UnableToListen, serve_until
from asgi.telemetry import telemetry
from boot.settings import UnableToStart
from broker.publication import Receipt
from broker.shared_publisher import SharedPublisher, UnableToPublish
from domain.gateway.errors import ForeignAddress, UnableToReach, Unverified
from domain.gateway.webhook import Hint, WebhookReader
from relay.webhook_publication import webhook_publication

log = logging.getLogger(__name__)

CONFIRM_SECONDS = 10.0
"""How long the broker may take; gateways stop waiting after ten to thirty seconds and send again."""

VERIFYING_THREADS = 8
"""Webhooks of one gateway that are verified at once; more than may wait for certificates."""

SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")


def create_app(
    readers: Mapping[str, WebhookReader],
    publisher: SharedPublisher,
    *,
    path_secret: str | None = None,
    trusted_proxies: tuple[str, ...] = (),
    max_body_bytes: int = 262_144,
    requests_per_second: int = 200,
) -> ASGIApp:
    """
    Return the application that receives webhooks at POST /webhooks/{gateway}.

    Args:
        readers: by the name that stands in the address.
        publisher: the way to the broker.
        path_secret: a further segment of the address, which only the gateway's settings know.
        trusted_proxies: networks whose X-Forwarded-For is believed.
        max_body_bytes: how large a body may be.
        requests_per_second: how many of one address are served; as many may come at once.

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
    endpoint = WebhookEndpoint(readers, publisher, trusted, max_body_bytes, RateLimit(requests_per_second))

    app = FastAPI(
        title="Screph billing: webhooks", docs_url=None, redoc_url=None, openapi_url=None, telemetry=telemetry()
    )
    app.router.redirect_slashes = False
    app.add_api_route("/webhooks/{gateway}", endpoint.receive, methods=["POST"])
    app.add_api_route(f"/webhooks/{{gateway}}/{MASK}", endpoint.receive, methods=["POST"])
    app.add_api_route("/healthz", endpoint.health, methods=["GET"])
    # Around the application, not a middleware of it: FastAPI starts its traces outside of those.
    return SecretPath(SecurityHeaders(app), secret=path_secret, known={"webhooks", "healthz", *readers})


def serve(app: ASGIApp, publisher: SharedPublisher, *, host: str, port: int, stopping: threading.Event) -> None:
    """
    Serve what `create_app` made, in this thread, until an event is set.

    Raises:
        UnableToStart: the server cannot listen at the address.
        PartDied: the publisher has died; the process should end.
    """
    try:
        serve_until(app, host=host, port=port, stopping=stopping, is_alive=lambda: publisher.is_alive)
    except UnableToListen as error:
        raise UnableToStart(str(error)) from error


class WebhookEndpoint:
    """What one webhook goes through, step by step."""

    def __init__(
        self,
        readers: Mapping[str, WebhookReader],
        publisher: SharedPublisher,
        trusted: tuple[Network, ...],
        max_body_bytes: int,
        rate: RateLimit,
    ) -> None:
        self._readers = readers
        self._pools = {name: ThreadPoolExecutor(VERIFYING_THREADS, f"verifying-{name}") for name in readers}
        self._publisher = publisher
        self._trusted = trusted
        self._max_body_bytes = max_body_bytes
        self._rate = rate

    async def health(self) -> Response:
        """Answer whether webhooks can be received at all; a broker that is away for a while is no reason to end."""
        return Response(status_code=200 if self._publisher.is_alive else 503)

    async def receive(self, request: Request, gateway: str) -> Response:
        """Receive one webhook: 200 once the broker has confirmed it, or if it is of a kind that we ignore."""
        peer = peer_of_request(request, self._trusted)
        try:
            if wait_seconds := self._rate.wait_seconds(peer):
                raise RequestRefused(429, "too many requests", wait_seconds=wait_seconds)
            reader = self._reader(request, gateway)
            body = await read_body(request, max_bytes=self._max_body_bytes)
            # A pool of its own: one gateway's readers may wait for a certificate, and no other waits with them.
            verifying = asyncio.get_running_loop().run_in_executor(
                self._pools[gateway], copy_context().run, _verify, reader, request, body, str(peer or "")
            )
            hint = await verifying
            if hint is None:
                log.info("a webhook of %s from %s is of a kind that we ignore", gateway, peer)
            else:
                await self._publish(hint, body)
        except RequestRefused as refused:
            log.warning(
                "a webhook of %s from %s is refused with %d: %s", gateway, peer, refused.status, for_log(refused)
            )
            return refusal_response(refused)
        return Response(status_code=200)

    def _reader(self, request: Request, gateway: str) -> WebhookReader:
        if not request.state.has_path_secret:
            raise RequestRefused(404, "the secret in the address is wrong or missing")
        reader = self._readers.get(gateway)
        if reader is None:
            raise RequestRefused(404, "no such gateway is set up")
        return reader

    async def _publish(self, hint: Hint, body: bytes) -> None:
        publication = webhook_publication(hint, body, at=datetime.now(UTC))
        try:
            waiting = self._publisher.submit(publication)
            receipt = await asyncio.wait_for(asyncio.wrap_future(waiting), CONFIRM_SECONDS)
        except UnableToPublish as error:
            raise RequestRefused(503, str(error)) from error
        except TimeoutError as error:
            raise RequestRefused(503, f"the broker did not confirm within {CONFIRM_SECONDS:g} s") from error
        if receipt is not Receipt.CONFIRMED:
            raise RequestRefused(503, f"the broker did not store it: {receipt.value}")


def _verify(reader: WebhookReader, request: Request, body: bytes, peer: str) -> Hint | None:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        # A header that came twice is one list, as HTTP has it.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    try:
        return reader.read(headers, body, peer)
    except ForeignAddress as error:
        raise RequestRefused(403, str(error)) from error
    except Unverified as error:
        raise RequestRefused(400, str(error)) from error
    except UnableToReach as error:
        raise RequestRefused(503, str(error)) from error
