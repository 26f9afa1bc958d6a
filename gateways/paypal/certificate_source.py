"""Fetching the certificates that webhooks name: few at once, each once, none for long: strangers name some, too."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3

from domain.gateway.errors import UnableToReach
from gateways.sessions import DirectSession, deadline

T = TypeVar("T")

MOST_BYTES = 64 * 1024

DEADLINE_S = 5.0
"""For one certificate. PayPal waits for our answer meanwhile."""

MOST_AT_ONCE = 2
"""Fetches under way; PayPal has one or two certificates in use, so more are made up."""

MOST_WAITING = 4
"""Webhooks that wait for a fetch of another; those beyond are refused, and PayPal sends them again."""

MISSING_S = 60.0
"""How long a certificate that could not be fetched is not asked for again."""

MOST_MISSING = 1_000

CertificateSource = Callable[[str], bytes]
"""From the address of a certificate to its PEM; raises UnableToReach."""


class HttpsSource:
    """
    Fetches certificates; redirects are not followed and no more than 64 KiB are read.

    Args:
        origin: for development only: ask here instead of the host in the address.
        deadline_s: for one certificate as a whole.
    """

    def __init__(self, origin: str | None = None, *, deadline_s: float = DEADLINE_S) -> None:
        self._origin = origin
        self._deadline_s = deadline_s
        self._session = DirectSession(timeout_s=(3.0, deadline_s), deadline_s=deadline_s)

    def __call__(self, address: str) -> bytes:
        """Return the bytes at an address; raises UnableToReach for everything but a plain success."""
        url = address if self._origin is None else self._origin.rstrip("/") + urlsplit(address).path
        try:
            with deadline(self._deadline_s), self._open(url) as answer:
                return _body_of(answer)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise UnableToReach(f"PayPal's certificate: no answer ({type(error).__name__})") from error

    def _open(self, url: str) -> requests.Response:
        return self._session.request("GET", url, headers={"Accept-Encoding": "identity"}, stream=True)


class BoundedSource(Generic[T]):
    """
    Asks another source for few certificates at once, and for none that could not be fetched a moment ago.

    Args:
        source: is asked once for each address, whoever wants it meanwhile; what it raises is remembered for a while.
        clock: seconds that only grow.
    """

    def __init__(self, source: Callable[[str], T], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._fetches: dict[str, Future[T]] = {}
        self._waiting = 0
        self._missing_until_s: OrderedDict[str, float] = OrderedDict()

    def __call__(self, address: str) -> T:
        """Return what the source has for an address; raises UnableToReach at once when too many are under way."""
        with self._lock:
            if self._clock() < self._missing_until_s.get(address, 0.0):
                raise UnableToReach("PayPal's certificate: it could not be fetched a moment ago")
            fetch = self._fetches.get(address)
            is_ours = fetch is None
            if is_ours and len(self._fetches) >= MOST_AT_ONCE:
                raise UnableToReach(f"PayPal's certificate: {MOST_AT_ONCE} others are being fetched")
            if not is_ours and self._waiting >= MOST_WAITING:
                raise UnableToReach(f"PayPal's certificate: {MOST_WAITING} webhooks wait for it already")
            fetch = self._fetches[address] = fetch or Future()
            self._waiting += not is_ours
        return self._fetched(address, fetch) if is_ours else self._awaited(fetch)

    def _fetched(self, address: str, fetch: Future[T]) -> T:
        try:
            found = self._source(address)
        except BaseException as error:
            with self._lock:
                del self._fetches[address]
                self._remember_missing(address)
            fetch.set_exception(error)
            raise
        with self._lock:
            del self._fetches[address]
        fetch.set_result(found)
        return found

    def _awaited(self, fetch: Future[T]) -> T:
        try:
            return fetch.result(DEADLINE_S + 1)
        except TimeoutError:
            raise UnableToReach("PayPal's certificate: it was not fetched in time") from None
        finally:
            with self._lock:
                self._waiting -= 1

    def _remember_missing(self, address: str) -> None:
        self._missing_until_s[address] = self._clock() + MISSING_S
        self._missing_until_s.move_to_end(address)
        if len(self._missing_until_s) > MOST_MISSING:
            self._missing_until_s.popitem(last=False)


def _body_of(answer: requests.Response) -> bytes:
    if answer.status_code != 200:
        raise UnableToReach(f"PayPal's certificate: answered {answer.status_code}")
    read = b""
    for piece in answer.raw.stream(8 * 1024, decode_content=False):
        read += piece
        if len(read) > MOST_BYTES:
            raise UnableToReach(f"PayPal's certificate: more than {MOST_BYTES} bytes")
    return read
