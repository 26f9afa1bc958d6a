"""The webhook endpoint for tests: real HTTP on the loopback, and publishers that record, or answer as a test wants."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from asgi.serving import PartDied
from boot.settings import UnableToStart
from broker.publication import Publication, Publisher, Receipt
from broker.shared_publisher import SharedPublisher
from domain.gateway.errors import ForeignAddress
from domain.gateway.webhook import Hint, Subject, WebhookReader
from gateways.sandbox.signature import HEADER, sign
from gateways.sandbox.webhooks import SandboxWebhookReader
from relay.webhooks import create_app, serve
from tests.doubles.plain_http import NO_TLS
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until

SECRET = "secret-of-the-sandboxs-webhooks"


class RecordingPublisher:
    """A publisher that records each batch and answers every publication with one receipt."""

    def __init__(self, receipt: Receipt = Receipt.CONFIRMED) -> None:
        self.batches: list[list[Publication]] = []
        self.receipt = receipt
        self.may_go = threading.Event()
        self.may_go.set()
        self.has_begun = threading.Event()
        self.is_closed = False
        self.threads: set[str] = set()

    @property
    def ids(self) -> list[str]:
        """The ids of all that was published, in order."""
        return [one.message_id for batch in self.batches for one in batch]

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        self.has_begun.set()
        self.may_go.wait(30)
        self.threads.add(threading.current_thread().name)
        self.batches.append(list(publications))
        return [self.receipt] * len(publications)

    def rest(self, seconds: float) -> None:
        """Not for long."""
        time.sleep(min(seconds, 0.01))

    def close(self) -> None:
        self.is_closed = True


class CrashingPublisher(RecordingPublisher):
    """A publisher with a bug."""

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        raise ZeroDivisionError("a bug")


class AddressReader:
    """A reader that believes one address, as the one of a gateway that does not sign."""

    name = "byaddress"

    def __init__(self, address: str) -> None:
        self._address = address

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        if peer != self._address:
            raise ForeignAddress(f"{peer} is not an address of the gateway's")
        return Hint(self.name, f"paid:{body.decode()}", Subject.PAYMENT, body.decode(), "paid", is_signed=False)


class RaisingReader:
    """A reader that raises."""

    name = "raising"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, headers: Mapping[str, str], body: bytes, peer: str) -> Hint | None:
        raise self._error


@dataclass(slots=True)
class RunningEndpoint:
    """An endpoint that answers at `url`."""

    url: str
    publisher: SharedPublisher
    stopping: threading.Event
    thread: threading.Thread
    errors: list[BaseException]

    def post(self, body: bytes | Iterator[bytes], *, path: str = "/webhooks/sandbox", **more: Any) -> httpx.Response:
        """Send bytes as they are."""
        return httpx.post(f"{self.url}{path}", content=body, timeout=30, trust_env=False, verify=NO_TLS, **more)

    def post_signed(self, body: bytes, *, path: str = "/webhooks/sandbox", **more: Any) -> httpx.Response:
        """Send bytes signed as the sandbox signs them."""
        return self.post(body, path=path, headers={HEADER: sign(SECRET, body, at=int(time.time()))}, **more)


def an_event(
    event_id: str = "sbx_evt_1", *, kind: str = "checkout.paid", ref: str = "sbx_co_1", size: int = 0
) -> bytes:
    """A webhook's body, blown up to a size in bytes."""
    body = f'{{"id": "{event_id}", "type": "{kind}",  "ref": "{ref}"}}'.encode()
    return body + b" " * (size - len(body))


@contextmanager
def running_endpoint(
    open_publisher: Callable[[], Publisher],
    readers: Mapping[str, WebhookReader] | None = None,
    *,
    host: str = "127.0.0.1",
    **options: Any,
) -> Iterator[RunningEndpoint]:
    """Start an endpoint, and stop it as a process does: the server first, then the publisher."""
    reserved = ReservedPort()
    stopping = threading.Event()
    errors: list[BaseException] = []
    with SharedPublisher(open_publisher) as publisher:
        app = create_app(readers or {"sandbox": SandboxWebhookReader(SECRET)}, publisher, **options)

        def run() -> None:
            try:
                serve(app, publisher, host=host, port=reserved.number, stopping=stopping)
            except (UnableToStart, PartDied) as error:
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        endpoint = RunningEndpoint(f"http://127.0.0.1:{reserved.number}", publisher, stopping, thread, errors)
        try:
            wait_until(lambda: _answers(endpoint) or bool(errors), "the endpoint answers", limit_s=10)
            yield endpoint
        finally:
            stopping.set()
            thread.join(20)
            reserved.release()
    assert not thread.is_alive()


def _answers(endpoint: RunningEndpoint) -> bool:
    try:
        return httpx.get(f"{endpoint.url}/healthz", trust_env=False, verify=NO_TLS).status_code == 200
    except httpx.TransportError:
        return False
