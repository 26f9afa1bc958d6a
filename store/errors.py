"""What a database's error means for a message: try again at once, try again later, or a bug."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from messages.errors import Unavailable, Unstorable

CONCURRENCY = frozenset({"40001", "40P01", "55P03"})
"""Serialisation failure, deadlock, lock not available: the same transaction may succeed next time."""

AWAY_CLASSES = ("08", "53", "57", "58")
"""
Classes of SQLSTATE that say nothing about the message: connection exceptions, resources that ran out (a full disk,
memory, connections), interventions of an operator (shutdown, a statement time-out), and errors of the system.
"""

READ_ONLY = "25006"
"""The server takes no writes: it became a standby, or was made read-only. The next connection may find the primary."""

NOT_AS_PREPARED = frozenset({"0A000", "26000", "42P05"})
"""
Of a prepared statement: its columns are others than before the schema was changed; it is not there (somebody said
DISCARD ALL or DEALLOCATE); it is there already. A new connection has none of them, and prepares what it needs.
"""

NOT_YET = frozenset({"42P01", "42703", "3F000", "42704", "42P10"})
"""
No such table, column, schema, type or unique index: the schema is behind. No value of a message can cause it, and
waiting for `billing migrate` loses nothing.
"""

NO_VALUE = "22P02"
"""
A text that is no value of its type. Of an enumeration (`enum_in`), whose values all are our own: the schema is behind.
"""

NOT_ALLOWED = frozenset({"42501", "28000", "28P01", "3D000"})
"""No right, no such role, wrong password, no such database: the set-up is wrong, not the message."""

LIMIT_OF_PROGRAM = "54000"
"""An index entry that is too long, say; and a queue of notifications that is full, which is no message's fault."""

IDLE_TOO_LONG = "25P03"
"""The transaction lay idle for too long and was ended."""


class Conflict(Unavailable):
    """Another transaction was in the way; the same one may succeed at once."""


def is_away(state: str | None) -> bool:
    """Tell whether an SQLSTATE says that the database, and not the message, is to blame."""
    return state is not None and (state[:2] in AWAY_CLASSES or state in (READ_ONLY, IDLE_TOO_LONG))


@contextmanager
def translate_errors() -> Iterator[None]:
    """
    Translate a database's error into what it means for a message.

    Raises:
        Conflict: another transaction was in the way.
        Unavailable: the database is away or not set up; the text says which.
        Unstorable: a text could not be sent there at all.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        raise Unstorable from error
    except ValueError as error:
        # The driver's own, before anything leaves.
        if "NUL (0x00)" in str(error):
            raise Unstorable from error
        raise
    except PoolTimeoutError as error:
        raise Unavailable("no connection to the database became free in time") from error
    except DBAPIError as error:
        state = getattr(error.orig, "pgcode", None)
        reason = str(error.orig).strip().split("\n")[0]
        if state in CONCURRENCY:
            raise Conflict(f"the database refused for now: {reason}") from error
        if state in NOT_YET or (state == NO_VALUE and _found_by(error.orig) == "enum_in"):
            raise Unavailable(f"the schema is behind, run `billing migrate`: {reason}") from error
        if state in NOT_ALLOWED:
            raise Unavailable(f"the database is not set up for this program: {reason}") from error
        if state == LIMIT_OF_PROGRAM and "NOTIFY" in reason:
            raise Unavailable(f"the database takes no notifications: {reason}") from error
        has_no_answer = isinstance(error, OperationalError) and state is None
        if error.connection_invalidated or has_no_answer or is_away(state):
            raise Unavailable(f"the database cannot be reached: {reason}") from error
        raise


def _found_by(error: object) -> str | None:
    """Return the function of PostgreSQL that found a fault; unlike the reason, it is in no language."""
    function: str | None = getattr(getattr(error, "diag", None), "source_function", None)
    return function
