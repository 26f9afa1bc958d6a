"""Web push: encrypted for one browser, signed by VAPID, and handed to that browser's push service."""

import re
import ssl
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from time import time
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException

from notify.deadline import deadline
from notify.errors import AddressGone, DeliveryDelayed, DeliveryRefused

TIMEOUT_S = 10.0
DEADLINE_S = 15.0

MAX_PAYLOAD_BYTES = 3_000
"""Services take 4096 bytes with encryption and padding."""

LIVES_S = 86_400
"""How long a service tries to reach a browser that is switched off."""

SIGNATURE_LIVES_S = 12 * 3_600
"""RFC 8292 allows a day."""


MAX_PAUSE = timedelta(days=1)
"""The longest pause that a service may ask for."""

_HOST = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
"""A name that can be looked up: Python does not even ask for one with an empty or a longer part."""

_SECONDS = re.compile(r"[0-9]{1,9}")

_NOWHERE = (".local", ".invalid", ".test", ".example", "example.com", "example.org")


class WrongPushSettings(ValueError):
    """A key, the contact or a host of web push is wrong."""


@dataclass(frozen=True, slots=True)
class Target:
    """A browser: where its push service takes messages for it, and its keys."""

    endpoint: str
    p256dh: str
    auth: str


class PushChannel:
    """
    Sends to push services.

    Args:
        private_key: of the VAPID pair: PEM, or base64 of its 32 bytes or of its DER form.
        contact: `mailto:` or `https:`, where a service's people reach ours.
        hosts: of push services; `*.` stands for any name in front.

    Raises:
        WrongPushSettings: the key or the contact is wrong; some services drop messages without a word otherwise.
    """

    def __init__(self, *, private_key: str, contact: str, hosts: Sequence[str]) -> None:
        self._vapid = read_private_key(private_key)
        self._contact = checked_contact(contact)
        self._hosts = tuple(hosts)
        self._tls = ssl.create_default_context()
        self.timeout_s, self.deadline_s = TIMEOUT_S, DEADLINE_S

    @property
    def public_key(self) -> str:
        """The key that a browser subscribes with, its `applicationServerKey`."""
        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return urlsafe_b64encode(point).decode().rstrip("=")

    def send(self, payload: bytes, target: Target, *, topic: str) -> None:
        """
        Hand a message to the push service of a browser.

        Args:
            payload: at most `MAX_PAYLOAD_BYTES`.
            target: the browser.
            topic: up to 32 letters, digits, `-` and `_`: of two messages with one the service delivers the later only.

        Raises:
            DeliveryDelayed: the service is away, or has no time.
            AddressGone: the browser does not want messages any more, or never could be one.
            DeliveryRefused: the service refuses this message.
        """
        where = checked_endpoint(target.endpoint, self._hosts)
        body = _encrypt(payload, target)
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(LIVES_S),
            "Topic": topic,
            "Urgency": "normal",
            **self._signature(where),
        }
        status, pause_text = self._post(where, body, headers)
        _raise_for(status, pause_text)

    def _signature(self, where: "Endpoint") -> dict[str, str]:
        claims = {"aud": where.origin, "sub": self._contact, "exp": int(time()) + SIGNATURE_LIVES_S}
        signed: dict[str, str] = self._vapid.sign(claims)
        return signed

    def _post(self, where: "Endpoint", body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
        line: HTTPConnection
        if where.is_encrypted:
            line = HTTPSConnection(where.host, where.port, timeout=self.timeout_s, context=self._tls)
        else:
            line = HTTPConnection(where.host, where.port, timeout=self.timeout_s)
        try:
            with deadline(self.deadline_s) as cut:
                line.connect()
                cut.watch(line.sock)
                line.request("POST", where.path, body, headers)
                answer: HTTPResponse = line.getresponse()
                return answer.status, answer.getheader("Retry-After")
        except (OSError, HTTPException) as error:
            raise DeliveryDelayed(f"{where.host} gives no answer: {error!r}") from error
        finally:
            line.close()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a browser at its push service, taken apart."""

    host: str
    port: int
    path: str
    is_encrypted: bool
    origin: str


def checked_endpoint(endpoint: str, hosts: Sequence[str]) -> Endpoint:
    """
    Return an endpoint that we may send to: a browser names it, so it could lead into our own network.

    Args:
        endpoint: `https://…`; `http://` for this machine alone.
        hosts: that are allowed.

    Raises:
        AddressGone: it is none of them.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressGone(f"the endpoint cannot be read: {error}") from error
    is_encrypted = parts.scheme == "https"
    if not (is_encrypted or (parts.scheme == "http" and _is_this_machine(host))) or parts.username is not None:
        raise AddressGone(f"the endpoint at {host or 'no host'} is not https")
    if not (_HOST.fullmatch(host) or _is_this_machine(host)) or port == 0:
        raise AddressGone(f"the endpoint at {host[:300]} is no address")
    if not any(fnmatchcase(host, allowed) for allowed in hosts):
        raise AddressGone(f"{host} is no push service in PUSH_HOSTS")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or any(letter <= " " for letter in path):
        raise AddressGone(f"the endpoint at {host} is no address")
    usual_port = 443 if is_encrypted else 80
    # As RFC 6454 writes it, for services compare it: in small letters, and without the usual port.
    origin = f"{parts.scheme}://" + (f"[{host}]" if ":" in host else host)
    origin += "" if port in (None, usual_port) else f":{port}"
    return Endpoint(host, port or usual_port, path, is_encrypted, origin)


def read_private_key(text: str) -> Vapid02:
    """
    Return the key that signs.

    Raises:
        WrongPushSettings: it is no private key of the curve P-256.
    """
    text = text.strip()
    try:
        if "BEGIN" in text:
            return Vapid02.from_pem(text.replace("\\n", "\n").encode())
        return Vapid02.from_string(private_key=text)
    except (ValueError, TypeError, VapidException) as error:
        raise WrongPushSettings(f"VAPID_PRIVATE_KEY is no private key of P-256, in PEM or base64: {error}") from error


def checked_contact(contact: str) -> str:
    """
    Return the contact for the people of push services.

    Raises:
        WrongPushSettings: nobody can be reached by it; Apple refuses messages with such a one.
    """
    address = contact.removeprefix("mailto:")
    if contact.startswith("mailto:"):
        name, _, host = address.partition("@")
    else:
        name, host = "-", (urlsplit(contact).hostname or "") if contact.startswith("https://") else ""
    if not name or "." not in host or host.endswith(_NOWHERE) or " " in contact:
        raise WrongPushSettings(
            f"VAPID_CONTACT is {contact!r}; write mailto:somebody@your-domain or https://your-domain/contact"
        )
    return contact


def _encrypt(payload: bytes, target: Target) -> bytes:
    # Not at the top: it loads aiohttp, for which every command would pay a quarter of a second.
    from pywebpush import WebPusher, WebPushException

    try:
        keys = {"p256dh": target.p256dh, "auth": target.auth}
        _check_keys(keys)
        pusher = WebPusher({"endpoint": target.endpoint, "keys": keys})
        encrypted: bytes = pusher.encode(payload, "aes128gcm")["body"]
    except (ValueError, WebPushException) as error:
        raise AddressGone(f"the browser's keys are wrong: {error}") from error
    return encrypted


def _check_keys(keys: dict[str, Any]) -> None:
    for name, length in (("p256dh", 65), ("auth", 16)):
        if len(urlsafe_b64decode(keys[name] + "=" * (-len(keys[name]) % 4))) != length:
            raise ValueError(f"{name} is not {length} bytes long")


def _raise_for(status: int, pause_text: str | None) -> None:
    if 200 <= status < 300:
        return
    if status in (404, 410):
        raise AddressGone(f"the push service says {status}: the browser has unsubscribed")
    if status == 429 or status >= 500:
        raise DeliveryDelayed(f"the push service says {status}", at_least=_pause(pause_text))
    raise DeliveryRefused(f"the push service says {status}")


def _pause(said: str | None) -> timedelta | None:
    """Return the pause that a `Retry-After` asks for in seconds; a date, or what is no number, asks for none."""
    if said is None or not _SECONDS.fullmatch(said):
        return None
    return min(timedelta(seconds=int(said)), MAX_PAUSE) or None


def _is_this_machine(host: str) -> bool:
    try:
        # Behind a % an address may have any text at all, such as the end of an allowed name.
        return "%" not in host and ip_address(host).is_loopback
    except ValueError:
        return False
