"""Heartbeats: each process writes every some seconds that it lives, which version it is, and what it has handled."""

import importlib.metadata
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime

from messages.errors import Unavailable
from store.engine import Engine
from store.processes import Process, remove_process, save_process
from store.transaction import transaction
from workers.measures import handled_so_far

log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0


def start_heartbeat(
    engine: Engine,
    stopping: threading.Event,
    clock: Callable[[], datetime],
    kind: str,
    *,
    every_seconds: float = EVERY_SECONDS,
) -> None:
    """
    Write in a thread of its own that this process lives, until it is to stop; the store being away does not matter.

    Args:
        engine: the store.
        stopping: set when the process is to end.
        clock: says what time it is.
        kind: as what it runs, such as `worker`.
        every_seconds: how long there is between two heartbeats.
    """
    threading.Thread(
        target=_beat, args=(engine, stopping, clock, kind, every_seconds), name="heartbeat", daemon=True
    ).start()


def _beat(
    engine: Engine, stopping: threading.Event, clock: Callable[[], datetime], kind: str, every_seconds: float
) -> None:
    own_id, started_at = uuid.uuid4().hex, clock()
    # What was handled in between, by a clock that nobody sets.
    handled, counted_s = handled_so_far(), time.monotonic()
    while not stopping.is_set():
        before, before_s = handled, counted_s
        handled, counted_s = handled_so_far(), time.monotonic()
        process = Process(
            id=own_id,
            kind=kind,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=importlib.metadata.version("screph-billing"),
            started_at=started_at,
            seen_at=clock(),
            handled=handled,
            per_minute=round(60 * (handled - before) / max(counted_s - before_s, 1.0)),
        )
        _write(engine, process)
        stopping.wait(every_seconds)
    try:
        with transaction(engine) as session:
            remove_process(session, own_id)
    except Unavailable:
        log.debug("the row of this process goes within a day")


def _write(engine: Engine, process: Process) -> None:
    try:
        with transaction(engine) as session:
            save_process(session, process)
    except Unavailable as error:
        log.debug("no heartbeat, the store is away: %s", error)
