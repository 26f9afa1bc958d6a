"""HTTP straight to a gateway: time-outs, a deadline for each call as a whole, and nothing from the environment."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import SHUT_RDWR, socket
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

log = logging.getLogger(__name__)

TIMEOUT_S = (3.0, 15.0)
"""To connect, and between two pieces of an answer."""

DEADLINE_S = 15.0
"""For a call as a whole. No time-out sees an answer that comes in drops, which would hold a thread for ever."""

_present = threading.local()


class DeadlinePassed(requests.exceptions.RequestException):
    """
    A call took longer than its deadline; whether it was done is unknown.

    It is no `Timeout`: SDKs repeat a call after one, and no time is left for that.
    """


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """
    Bound what is called within this block, all of it together; a deadline around this one counts for it, too.

    Args:
        seconds: then connections in use are cut, and calls raise `DeadlinePassed`.
    """
    if getattr(_present, "deadline", None) is not None:
        yield
        return
    watch = _present.deadline = _Deadline(seconds)
    try:
        yield
    finally:
        _present.deadline = None
        watch.end()


class DirectSession(requests.Session):
    """
    A session that opens connections of its own for each thread, straight to the gateway.

    A session of `requests` is not safe for many threads. Redirects are answers, and are not followed.

    Args:
        timeout_s: to connect, and between two pieces of an answer, where the caller names none.
        deadline_s: for each call as a whole.
    """

    def __init__(self, *, timeout_s: tuple[float, float] = TIMEOUT_S, deadline_s: float = DEADLINE_S) -> None:
        super().__init__()
        self._own = threading.local()
        self._timeout_s = timeout_s
        self._deadline_s = deadline_s
        self._opened: list[requests.Session] = []

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """
        Make one call.

        Raises:
            RequestException: there is no whole answer; `DeadlinePassed` if it was too slow as a whole.
        """
        kwargs = {"timeout": self._timeout_s} | kwargs | {"allow_redirects": False}
        with deadline(self._deadline_s):
            watch: _Deadline = _present.deadline
            watch.check()
            try:
                answer = self._session().request(*args, **kwargs)
            except requests.exceptions.RequestException:
                watch.check()
                raise
            # A body without a declared length ends where the connection was cut, and would seem whole.
            watch.check()
            return answer

    def close(self) -> None:
        """Close the connections of every thread."""
        for session in self._opened:
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            # No proxy from the environment, and no password from .netrc instead of our key.
            session.trust_env = False
            session.mount("https://", _CuttableAdapter())
            session.mount("http://", _CuttableAdapter())
            self._opened.append(session)
        return session


class _Deadline:
    """Cuts the connections of one call when its time is over; the call that comes next on them is not hurt."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._handles: list[socket] = []
        self._has_ended = self._has_passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, line: socket) -> None:
        # A handle of our own: TLS takes the first one over, and an answer may outlive its connection's.
        handle = socket(fileno=os.dup(line.fileno()))
        with self._lock:
            self._handles.append(handle)
            if self._has_passed:
                _shut(handle)

    def check(self) -> None:
        if self._has_passed:
            raise DeadlinePassed("the gateway did not answer in time, all pieces of its answer together")

    def end(self) -> None:
        with self._lock:
            self._has_ended = True
        self._timer.cancel()
        for handle in self._handles:
            handle.close()

    def _cut(self) -> None:
        with self._lock:
            if self._has_ended:
                return
            self._has_passed = True
            for handle in self._handles:
                _shut(handle)


def _shut(handle: socket) -> None:
    try:
        handle.shutdown(SHUT_RDWR)
    except OSError:
        # It was not connected yet, or is not any more; then nothing waits for it.
        log.debug("a connection ended before it was cut")


class _Cuttable:
    """A connection that can be cut from another thread, even while TLS is being agreed on."""

    def _new_conn(self) -> socket:
        opened = cast(socket, super()._new_conn())  # type: ignore[misc]
        _watch(opened)
        return opened

    def request(self, *args: Any, **kwargs: Any) -> None:
        used_before: socket | None = cast(HTTPConnection, self).sock
        if used_before is not None:
            _watch(used_before)
        super().request(*args, **kwargs)  # type: ignore[misc]


def _watch(line: socket) -> None:
    present: _Deadline | None = getattr(_present, "deadline", None)
    if present is not None:
        present.watch(line)


class _CuttableHttp(_Cuttable, HTTPConnection):
    pass


class _CuttableHttps(_Cuttable, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _CuttableHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _CuttableHttps


class _CuttableAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
