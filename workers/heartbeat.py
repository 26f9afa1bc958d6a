"""Heartbeats: each process writes every some seconds that it lives, which version it is, and what it has handled."""

import importlib.metadata
import logging
import os
import socket
import threading
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


def start_heartbeat(engine: Engine, stopping: threading.Event, clock: Callable[[], datetime], kind: str) -> None:
    """
    Write in a thread of its own that this process lives, until it is to stop; the store being away does not matter.

    Args:
        engine: the store.
        stopping: set when the process is to end.
        clock: says what time it is.
        kind: as what it runs, such as `worker`.
    """
    threading.Thread(target=_beat, args=(engine, stopping, clock, kind), name="heartbeat", daemon=True).start()


def _beat(engine: Engine, stopping: threading.Event, clock: Callable[[], datetime], kind: str) -> None:
    own_id, started_at = uuid.uuid4().hex, clock()
    while not stopping.is_set():
        process = Process(
            id=own_id,
            kind=kind,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=importlib.metadata.version("screph-billing"),
            started_at=started_at,
            seen_at=clock(),
            handled=handled_so_far(),
        )
        _write(engine, process)
        stopping.wait(EVERY_SECONDS)
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
