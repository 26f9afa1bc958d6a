"""The secret in the address of webhooks: in no log and in no answer, whatever is sent and whatever goes wrong."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.gateway.webhook import WebhookReader
from gateways.sandbox.signature import HEADER, sign
from gateways.sandbox.webhooks import SandboxWebhookReader
from tests.relay.webhook_endpoint import (
    SECRET,
    RaisingReader,
    RecordingPublisher,
    RunningEndpoint,
    an_event,
    running_endpoint,
)

PATH_SECRET = "an-unguessable-part-of-it"
WRONG_SECRET = "what-was-the-secret-once"
PLACES = (
    "/webhooks/sandbox/{}",
    "/webhooks/{}/sandbox",
    "/webhooks/{}",
    "/webhooks/sandbox/{}/",
    "/webhooks/nobody/{}",
    "/{}",
    "//webhooks/sandbox/{}",
    "/webhooks/sandbox?token={}",
    "/webhooks/sandbox/x?{}",
    "http://host/webhooks/sandbox/{}",
)
READERS: dict[str, WebhookReader] = {
    "sandbox": SandboxWebhookReader(SECRET),
    "crashing": RaisingReader(ZeroDivisionError("a bug")),
}


class TestTheSecret:
    @pytest.mark.parametrize("secret", [PATH_SECRET, WRONG_SECRET], ids=["right", "wrong"])
    def test_of_a_request_stands_in_no_log_and_in_no_answer(self, secret: str) -> None:
        with _recorded() as records, running_endpoint(RecordingPublisher, READERS, path_secret=PATH_SECRET) as endpoint:
            _every_logger(records)
            requests = [
                f"{method} {place.format(secret)}" for method in ("POST", "GET", "HEAD", "PUT") for place in PLACES
            ]
            answers = [
                _raw(endpoint, f"{one} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}")
                for one in requests
            ]

        assert all(answer.startswith(b"HTTP/1.1 4") for answer in answers)
        _assert_nowhere(secret, records, answers)

    @pytest.mark.parametrize("secret", [PATH_SECRET, WRONG_SECRET], ids=["right", "wrong"])
    @pytest.mark.parametrize(
        "request_",
        [
            "POST /webhooks/sandbox/{} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: abc\r\n\r\n{{}}",
            "POST /webhooks/sandbox/{} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST /webhooks/sandbox/{} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST /webhooks/sandbox/{} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}",
            "POST /webhooks/sandbox/{} HTTP/9.9\r\nHost: h\r\nConnection: close\r\n\r\n",
            "POST /webhooks/sandbox/{} and more HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "POST /webhooks/sandbox/{}\0\xff HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "POST /webhooks/sandbox/{}%FF%00%0A%C0 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "GET /webhooks/sandbox/{} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Path: {}\r\n\r\n",
            "/webhooks/sandbox/{}\r\n\r\n",
        ],
    )
    def test_of_a_malformed_request_stands_in_no_log_and_in_no_answer(self, secret: str, request_: str) -> None:
        with _recorded() as records, running_endpoint(RecordingPublisher, READERS, path_secret=PATH_SECRET) as endpoint:
            _every_logger(records)
            answer = _raw(endpoint, request_.format(secret))

        assert answer.startswith(b"HTTP/1.1 4")
        _assert_nowhere(secret, records, [answer])

    def test_of_a_webhook_that_is_published_stands_in_no_log_and_in_no_answer(self) -> None:
        publisher, body = RecordingPublisher(), an_event()
        with _recorded() as records, running_endpoint(lambda: publisher, path_secret=PATH_SECRET) as endpoint:
            _every_logger(records)
            head = f"POST /webhooks/sandbox/{PATH_SECRET} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
            signed = f"{HEADER}: {sign(SECRET, body, at=int(time.time()))}\r\nContent-Length: {len(body)}\r\n\r\n"
            answer = _raw(endpoint, head + signed + body.decode())

        assert answer.startswith(b"HTTP/1.1 200")
        _assert_nowhere(PATH_SECRET, records, [answer, *(one.body for batch in publisher.batches for one in batch)])

    def test_of_a_request_that_crashes_the_endpoint_stands_in_no_log_and_in_no_answer(self) -> None:
        with _recorded() as records, running_endpoint(RecordingPublisher, READERS, path_secret=PATH_SECRET) as endpoint:
            _every_logger(records)
            target = f"/webhooks/crashing/{PATH_SECRET}"
            answer = _raw(
                endpoint, f"POST {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
            )

        assert answer.startswith(b"HTTP/1.1 500")
        assert "ZeroDivisionError: a bug" in records.text
        _assert_nowhere(PATH_SECRET, records, [answer])

    def test_is_masked_in_the_access_log_of_whoever_switches_it_on(self) -> None:
        with _recorded() as records, running_endpoint(RecordingPublisher, READERS, path_secret=PATH_SECRET) as endpoint:
            _every_logger(records)
            _raw(
                endpoint,
                f"POST /webhooks/sandbox/{PATH_SECRET} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}",
            )

        assert '"POST /webhooks/sandbox/%2A%2A%2A HTTP/1.1" 400' in records.text
        _assert_nowhere(PATH_SECRET, records, [])


class _Records(logging.Handler):
    """Records every line of every logger, with the traceback and the raw arguments."""

    def __init__(self) -> None:
        super().__init__(level=1)
        self.text = ""
        self.loggers: list[logging.Logger] = []
        self.levels: dict[logging.Logger, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.name} {self.format(record)} {record.args!r}\n"


@contextmanager
def _recorded() -> Iterator[_Records]:
    """Record what any logger says, from the lowest level on."""
    records, root = _Records(), logging.getLogger()
    level = root.level
    root.addHandler(records)
    root.setLevel(1)
    try:
        yield records
    finally:
        root.setLevel(level)
        for logger in [root, *records.loggers]:
            logger.removeHandler(records)
        for logger, level_before in records.levels.items():
            logger.setLevel(level_before)


def _every_logger(records: _Records) -> None:
    """Attach the handler also to those loggers that a server keeps to itself, and let all of them speak."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        # Another server in this process may have silenced it for good.
        if logger.level > logging.DEBUG:
            records.levels[logger] = logger.level
            logger.setLevel(logging.DEBUG)
        if not logger.propagate:
            logger.addHandler(records)
            records.loggers.append(logger)


def _raw(endpoint: RunningEndpoint, request: str) -> bytes:
    """Send a request as it is, and return all that comes back until the server closes the connection."""
    host, port = endpoint.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as speaker:
        speaker.sendall(request.encode("latin-1"))
        heard = b""
        while more := speaker.recv(65_536):
            heard += more
        return heard


def _assert_nowhere(secret: str, records: _Records, answers: list[bytes]) -> None:
    assert records.text, "nothing was recorded at all"
    assert secret not in records.text
    assert all(secret.encode() not in answer for answer in answers)
