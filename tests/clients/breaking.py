"""Something between client and API that loses answers: the request has arrived, and its sender does not learn of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.servers.plain_server import serving


@dataclass
class Breaking:
    """How many answers are still to be lost, and where the client calls."""

    address: str
    losses: int = 0
    lost: int = 0


@contextmanager
def losing_answers(url: str) -> Iterator[Breaking]:
    """Listen in front of an API; one request for each connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    breaking = Breaking(f"http://127.0.0.1:{listener.getsockname()[1]}")
    target = urlsplit(url)

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(
                target=_pass_on, args=(client, (target.hostname, target.port), breaking), daemon=True
            ).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield breaking
    finally:
        listener.close()


def _pass_on(client: socket.socket, target: tuple[str | None, int | None], breaking: Breaking) -> None:
    with client, socket.create_connection(target) as server:  # type: ignore[arg-type]
        request = _whole(client).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
        server.sendall(request)
        answer = b""
        while part := server.recv(65_536):
            answer += part
        if breaking.losses > 0:
            breaking.losses -= 1
            breaking.lost += 1
            return
        client.sendall(answer)


def _whole(client: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        part = client.recv(65_536)
        if not part:
            return request
        request += part
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += client.recv(65_536)
    return head + b"\r\n\r\n" + body


@dataclass
class SomebodyElse:
    """A server that is not the API: what it answers to everything, and what it was asked."""

    status: int = 200
    body: str = "{}"
    kind: str = "application/json"
    address: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def answering(status: int, body: str, kind: str = "text/html") -> Iterator[SomebodyElse]:
    """Answer everything in the same way, as a proxy or the log-in page of a network does."""
    it = SomebodyElse(status, body, kind)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            it.asked.append(self.path)
            said = it.body.encode()
            self.send_response(it.status)
            if it.status in (301, 302, 307):
                self.send_header("Location", "/log-in")
            self.send_header("Content-Type", it.kind)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_POST(self) -> None:
            self.do_GET()

    with serving(Handler) as port:
        it.address = f"http://127.0.0.1:{port}"
        yield it
