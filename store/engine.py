"""The engine of one process, and what a database's error means for a message."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from messages.errors import Unavailable

__all__ = ["Conflict", "Engine", "Session", "open_engine", "translate_errors"]


_CONCURRENCY = {"40001", "40P01", "55P03"}
"""Serialisation failure, deadlock, lock not available: the same transaction may succeed next time."""


_GONE = {"57P01", "57P02", "57P03", "53300", "25006", "57014"}
"""Shutdown, crash, starting up, too many connections, read-only (a standby), statement time-out."""


_NOT_YET = {"42P01", "42703"}
"""No such table or column: the schema is behind; waiting for `billing migrate` loses nothing."""


class Conflict(Unavailable):
    """Another transaction was in the way; the same one may succeed at once."""


def open_engine(url: str, *, pool_size: int = 4, statement_timeout_ms: int = 30_000) -> Engine:
    """
    Return the engine of one process.

    Args:
        url: `postgresql://…`, as libpq writes it.
        pool_size: connections that are kept; threads + 2.
        statement_timeout_ms: no statement may run longer; locks are waited for a third of it.
    """
    options = (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={statement_timeout_ms // 3} "
        "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    )
    return create_engine(
        _with_driver(url),
        pool_size=pool_size,
        max_overflow=2,
        pool_timeout=10,
        # Accounts and seconds have no place in a log or in the reason of a dead letter.
        hide_parameters=True,
        connect_args={
            "options": options,
            "connect_timeout": 5,
            "application_name": "screph-billing",
            # A host that vanished is noticed within half a minute, not after the kernel's two hours.
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    )


@contextmanager
def translate_errors() -> Iterator[None]:
    """
    Tell what becomes of a database's error: try again at once, try again later, or a bug.

    Raises:
        Conflict: another transaction was in the way.
        Unavailable: the database is away, or its schema is not there yet.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise Unavailable("no connection to the database became free in time") from error
    except DBAPIError as error:
        state = getattr(error.orig, "pgcode", None)
        if state in _CONCURRENCY:
            raise Conflict(f"the database refused for now: {_first_line(error)}") from error
        no_answer = isinstance(error, OperationalError) and state is None
        if state in _NOT_YET:
            raise Unavailable(f"the schema is behind, run `billing migrate`: {_first_line(error)}") from error
        if error.connection_invalidated or state in _GONE or no_answer:
            raise Unavailable(f"the database cannot be reached: {_first_line(error)}") from error
        raise


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().split("\n")[0]


def _with_driver(url: str) -> str:
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg2://" + url.removeprefix(scheme)
    return url
