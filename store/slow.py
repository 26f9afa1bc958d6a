"""Slow statements: those that took long are logged, without any value."""

import logging
import time
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext

log = logging.getLogger(__name__)

MAX_CHARACTERS = 500
"""Of a statement; enough to know it by."""

_BEGAN = "statement_began"


def log_slow_statements(engine: Engine, *, over_ms: int) -> None:
    """
    Log each statement of an engine that takes longer than `over_ms` milliseconds, those that fail as well.

    The text is the one with places for values. Values, which may be personal, are in no line. A statement that is cut
    off by PostgreSQL's `statement_timeout` is slow, too.
    """

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        connection.info[_BEGAN] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        _note(connection, statement, over_ms, "took")

    @event.listens_for(engine, "handle_error")
    def fail(context: ExceptionContext) -> None:
        if context.connection is not None and context.statement is not None:
            _note(context.connection, context.statement, over_ms, "failed after")


def _note(connection: Connection, statement: str, over_ms: int, what: str) -> None:
    began = connection.info.pop(_BEGAN, None)
    if began is None:
        return
    took_ms = 1000 * (time.perf_counter() - began)
    if took_ms > over_ms:
        log.warning("a statement %s %.0f ms: %s", what, took_ms, " ".join(statement.split())[:MAX_CHARACTERS])
