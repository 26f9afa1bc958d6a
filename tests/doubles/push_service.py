"""A push service for tests: takes messages over HTTP, verifies who sent them, and decrypts them as a browser does."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.servers.plain_server import serving

CONTACT = "mailto:push@screph.app"


def b64(raw: bytes) -> str:
    """Base64 as Web Push writes it."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_b64(text: str) -> bytes:
    """The bytes of base64 without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_private_key() -> str:
    """A private key for VAPID, as base64 of its 32 bytes."""
    key = ec.generate_private_key(ec.SECP256R1())
    return b64(key.private_numbers().private_value.to_bytes(32, "big"))


class Browser:
    """A browser with a subscription: its keys, and what it has received, decrypted."""

    def __init__(self, number: int) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.path = f"/push/{number}"
        self.auth = bytes([number % 251]) * 16
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.keys = {"p256dh": b64(point), "auth": b64(self.auth)}
        self.received: list[dict[str, Any]] = []

    def decrypt(self, body: bytes) -> dict[str, Any]:
        """Return what a message says."""
        said: dict[str, Any] = json.loads(
            http_ece.decrypt(body, private_key=self._key, auth_secret=self.auth, version="aes128gcm")
        )
        return said


@dataclass
class PushServiceDouble:
    """
    What the service does; a test may change it at any time.

    `status` is its answer, `headers` go with it. `claims` are those of the messages that it took, verified.
    """

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)
    requests: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Be as at first: no browser is known, and everything is taken."""
        self.status, self.headers = 201, {}
        for known in (self.browsers, self.requests, self.claims, self.faults):
            known.clear()

    def subscribe(self) -> Browser:
        """Return a new browser that is known here."""
        browser = Browser(len(self.browsers) + 1)
        self.browsers[browser.path] = browser
        return browser

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Answer to one message."""
        self.requests.append(headers)
        if self.status >= 300:
            return self.status
        browser = self.browsers.get(path)
        if browser is None:
            return 404
        self.claims.append(self._verified(headers["authorization"]))
        assert headers["content-encoding"] == "aes128gcm"
        assert int(headers["ttl"]) > 0
        browser.received.append(browser.decrypt(body))
        return self.status

    def _verified(self, authorization: str) -> dict[str, Any]:
        scheme, _, rest = authorization.partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        signed, _, signature = parts["t"].rpartition(".")
        raw = from_b64(signature)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_b64(parts["k"]))
        halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        point.verify(encode_dss_signature(*halves), signed.encode(), ec.ECDSA(SHA256()))
        claims: dict[str, Any] = json.loads(from_b64(signed.split(".")[1]))
        assert claims["aud"] == self.url
        return claims | {"k": parts["k"]}


@contextmanager
def serve_push(*, port: int = 0) -> Iterator[PushServiceDouble]:
    """Serve a double on the loopback, over plain HTTP."""
    double = PushServiceDouble()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status = double.take(self.path, headers, body)
            except Exception as error:  # noqa: BLE001  whatever it is, the test reports it
                double.faults.append(repr(error))
                status = 400
            self.send_response(status)
            for name, value in double.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

    with serving(Handler, port=port) as served:
        double.url = f"http://127.0.0.1:{served}"
        yield double
