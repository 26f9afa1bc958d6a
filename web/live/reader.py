"""The one thread that hears of changes and reads balances, for all watches of a process together."""

import logging
import math
import random
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from messages.errors import Unavailable
from store.access.read_live import ended_sessions, ended_tokens
from store.account_changes import ChangeListener, open_listener
from store.engine import Session
from store.minutes.read_live import LiveBalance, live_balances, sequences
from store.reading import reading
from web.live.watch import Permit
from workers.context import Context

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
"""How soon it is seen that the process is to end, or that a package's time is over."""

POLL_SECONDS = 2.0
"""How often all balances are read while nothing can be heard."""

CHECK_SECONDS = 15.0
"""How often they are read all the same: a notification may be lost, and the relay may be away."""

PERMIT_SECONDS = 2.5
"""How often it is looked whether tokens and sessions still work. Source: domain/access/README.md, "Ended"."""

LISTEN_AGAIN_SECONDS, POOLED_SECONDS = (1.0, 5.0), 60.0
"""When it is tried again to listen: at a random moment between two, and where a pooler stands between."""

LINGER_SECONDS = 10.0
"""How long the thread and its connection wait for the next watch when there is none."""


@dataclass(frozen=True, slots=True)
class Update:
    """What watches are to be told: balances that were read, accounts with new facts, permits that have ended."""

    balances: dict[str, LiveBalance] = field(default_factory=dict)
    touched: frozenset[str] = frozenset()
    ended: frozenset[Permit] = frozenset()
    is_stopping: bool = False


class ServerGone(Exception):
    """The event loop of the watches has ended before they have."""


class Reader:
    """
    Reads for whoever watches, in a thread that ends when nobody does.

    Args:
        context: whose engine is read, and whose clock says when packages end.
        deliver: gets what was read, in the thread; `ServerGone` ends that.
    """

    def __init__(self, context: Context, deliver: Callable[[Update], None]) -> None:
        self._context = context
        self._deliver = deliver
        self._lock = threading.Lock()
        self._accounts: Counter[str] = Counter()
        self._permits: Counter[Permit] = Counter()
        self._fresh: set[str] = set()
        self._known: dict[str, LiveBalance] = {}
        self._thread: threading.Thread | None = None
        self._waker, self._wakes = socket.socketpair()
        self._waker.setblocking(False)
        self._wakes.setblocking(False)
        self._next_check = self._next_permits = self._idle_since = 0.0

    def add(self, account_id: str, permit: Permit) -> None:
        """Read an account from now on, at once for the first time."""
        with self._lock:
            self._accounts[account_id] += 1
            self._permits[permit] += 1
            self._fresh.add(account_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
        self._wake()

    def remove(self, account_id: str, permit: Permit) -> None:
        """Read an account no longer than others watch it."""
        with self._lock:
            self._accounts[account_id] -= 1
            self._permits[permit] -= 1
            # Without those that have come to nothing.
            if not self._accounts[account_id]:
                del self._accounts[account_id]
                self._known.pop(account_id, None)
            if not self._permits[permit]:
                del self._permits[permit]
            self._idle_since = time.monotonic()

    def _wake(self) -> None:
        # A full socket wakes it just as well.
        with suppress(BlockingIOError):
            self._wakes.send(b"!")

    def _run(self) -> None:
        try:
            while self._is_needed():
                try:
                    with open_listener(self._context.engine) as listener:
                        self._serve(listener, math.inf if listener else POOLED_SECONDS)
                except Unavailable as error:
                    log.warning("changes are not heard, balances are polled: %s", error)
                    self._serve(None, random.uniform(*LISTEN_AGAIN_SECONDS))
            if self._context.stopping.is_set():
                self._deliver(Update(is_stopping=True))
        except ServerGone:
            self._is_needed(anyway=False)
        except Exception:
            log.critical("live balances failed", exc_info=True)
            self._is_needed(anyway=False)
            # Streams would be silent for ever; whoever reads them comes again and finds another thread.
            with suppress(ServerGone):
                self._deliver(Update(is_stopping=True))

    def _is_needed(self, *, anyway: bool = True) -> bool:
        with self._lock:
            lingers = time.monotonic() - self._idle_since < LINGER_SECONDS
            is_needed = anyway and not self._context.stopping.is_set() and (bool(self._accounts) or lingers)
            if not is_needed:
                # Decided under the lock: whoever adds a watch from here on starts another thread.
                self._thread = None
            return is_needed

    def _serve(self, listener: ChangeListener | None, seconds: float) -> None:
        """
        Read what changes, for some seconds at the most.

        Raises:
            Unavailable: the listener hears nothing any more.
        """
        ends_at = time.monotonic() + seconds
        # What changed before it was listened is not heard.
        self._next_check = 0.0
        while time.monotonic() < ends_at and not self._context.stopping.is_set():
            heard = self._wait(listener)
            try:
                self._read(heard, is_polling=listener is None)
            except Unavailable as error:
                log.warning("balances cannot be read: %s", error)
                self._next_check = 0.0
                self._context.stopping.wait(random.uniform(*LISTEN_AGAIN_SECONDS) / 2)
            if not self._accounts and time.monotonic() - self._idle_since > LINGER_SECONDS:
                return

    def _wait(self, listener: ChangeListener | None) -> set[str]:
        if listener is not None:
            heard = listener.wait(TICK_SECONDS, waker=self._waker)
        else:
            select.select([self._waker], [], [], TICK_SECONDS)
            heard = set()
        with suppress(BlockingIOError):
            self._waker.recv(4_096)
        return heard

    def _read(self, heard: set[str], *, is_polling: bool) -> None:
        """Read what is due, and deliver what is new."""
        now = self._context.clock()
        with self._lock:
            accounts, permits = set(self._accounts), list(self._permits)
            fresh, self._fresh = self._fresh & accounts, set()
            known = dict(self._known)
        if not accounts:
            return
        is_check = time.monotonic() >= self._next_check
        touched = accounts if is_check and is_polling else heard & accounts
        over = {one.account_id for one in known.values() if one.changes_at is not None and one.changes_at <= now}
        due = fresh | touched | over
        checks_permits = time.monotonic() >= self._next_permits
        if not (due or is_check or checks_permits):
            return
        try:
            with reading(self._context.engine) as session:
                if is_check:
                    found = sequences(session, accounts)
                    due |= {one for one in accounts if one not in known or known[one].sequence != found.get(one)}
                balances = live_balances(session, due, now=now) if due else {}
                ended = self._ended(session, permits) if checks_permits else frozenset[Permit]()
        except Unavailable:
            with self._lock:
                self._fresh |= fresh
            raise
        with self._lock:
            self._known.update((one, found) for one, found in balances.items() if one in self._accounts)
        self._deliver(Update(balances, frozenset(touched), ended))
        began = time.monotonic()
        if is_check:
            self._next_check = began + (POLL_SECONDS if is_polling else CHECK_SECONDS)
        if checks_permits:
            self._next_permits = began + PERMIT_SECONDS

    def _ended(self, session: Session, permits: list[Permit]) -> frozenset[Permit]:
        tokens = [one.number for one in permits if one.kind == "token"]
        sessions = [one.number for one in permits if one.kind == "session"]
        ended: set[Permit] = set()
        if tokens:
            over = ended_tokens(session, tokens, now=self._context.clock())
            ended |= {Permit("token", number) for number in over}
        if sessions:
            ended |= {Permit("session", number) for number in ended_sessions(session, sessions)}
        return frozenset(ended)
