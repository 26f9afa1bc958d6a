"""The sandbox's memory: one change at a time, stored first and sent afterwards."""

import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateways.sandbox.server.records import AnswerRecord, Records, load, save

KEY_LIFETIME = timedelta(hours=24)

Send = Callable[[str, bytes], None]
"""Takes an event's type and its bytes, signs and sends them later, and returns at once."""

Answer = tuple[int, dict[str, Any]]
"""A status and a body."""


class Refusal(Exception):
    """The sandbox refuses a call: the status, a code for programs, and a sentence."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


class SandboxState:
    """
    Everything the sandbox knows; threads may share it.

    Args:
        send: gets each event, in order.
        file: stores everything over a restart; without one it is lost.
        clock: gives aware UTC moments.

    `payer` says whose card all buyers take from now on; None: each account has a card of its own.
    """

    def __init__(
        self,
        send: Send,
        *,
        file: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.records = load(file) if file else Records()
        self.holds_refunds = False
        self.next_declines: list[str] = []
        self.payer: str | None = None
        self._send = send
        self._file = file
        self._depth = 0
        self._events: list[tuple[str, bytes]] = []

    @contextmanager
    def change(self) -> Iterator[datetime]:
        """Change something at a moment; its events are sent once it is stored."""
        with self.lock:
            self._depth += 1
            try:
                yield self.clock()
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._save_and_send()

    def emit(self, event_type: str, ref: str, changed: dict[str, Any], now: datetime) -> None:
        """Send an event once the present change is stored."""
        event = {
            "id": new_ref("sbx_evt"),
            "type": event_type,
            "created_at": now.isoformat(),
            "ref": ref,
            "object": changed,
        }
        self._events.append((event_type, json.dumps(event, ensure_ascii=False).encode()))

    def once(self, key: str | None, content: str, work: Callable[[], Answer]) -> Answer:
        """
        Do the work of a call, or return the answer that its key got before.

        A refused call may come again with its key: nothing was done.

        Raises:
            Refusal: the key came before with other content.
        """
        if key is None:
            return work()
        with self.change() as now:
            answers = self.records.answers
            # The oldest come first: to look through all of them would make each call slower than the one before.
            while answers and moment_of(answers[oldest := next(iter(answers))].at) < now - KEY_LIFETIME:
                del answers[oldest]
            sha256 = hashlib.sha256(content.encode()).hexdigest()
            if (known := answers.get(key)) is None:
                status, body = work()
                answers[key] = AnswerRecord(content=sha256, status=status, body=body, at=now.isoformat())
                return status, body
            if known.content != sha256:
                raise Refusal(409, "key_used_otherwise", "this Idempotency-Key came before with another call")
            return known.status, known.body

    def _save_and_send(self) -> None:
        if self._file is not None:
            save(self.records, self._file)
        events, self._events = self._events, []
        for event_type, body in events:
            self._send(event_type, body)


def new_ref(prefix: str) -> str:
    """Return an id that nothing else has."""
    return f"{prefix}_{uuid.uuid4().hex}"


def moment_of(text: str) -> datetime:
    """Return the moment that a record has as text."""
    return datetime.fromisoformat(text)
