"""The engine of one process: its connections to the database."""

from typing import Any

import psycopg2
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from store.errors import READ_ONLY

__all__ = ["Engine", "Session", "UnableToConnect", "open_engine"]

CONNECTING: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "screph-billing",
    # A host that vanished is noticed within half a minute, not after the kernel's two hours.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class UnableToConnect(ValueError):
    """The address of the database cannot be read."""


def open_engine(url: str, *, pool_size: int = 4, statement_timeout_ms: int = 30_000) -> Engine:
    """
    Return the engine of one process.

    Args:
        url: `postgresql://…`, as libpq reads it; several hosts too, with `target_session_attrs=read-write`.
        pool_size: connections that stay open; threads + 2.
        statement_timeout_ms: no statement may run longer; locks are waited for a third of it.

    Raises:
        UnableToConnect: the address cannot be read.
    """
    url = read_address(url)
    engine = create_engine(
        _for_people(url),
        # libpq reads the address itself: SQLAlchemy knows no list of hosts.
        creator=lambda: psycopg2.connect(url, **CONNECTING),
        pool_size=pool_size,
        max_overflow=2,
        pool_timeout=10,
        # Accounts and seconds have no place in a log or in the reason of a dead letter.
        hide_parameters=True,
    )
    limits = (
        f"SET statement_timeout = {statement_timeout_ms}; SET lock_timeout = {statement_timeout_ms // 3}; "
        "SET idle_in_transaction_session_timeout = 60000; SET timezone = 'UTC'"
    )

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: object) -> None:
        # Once a connection, not as start-up options, which PgBouncer refuses; and not for each transaction, which
        # would cost a round trip each and doubled the time until a payment is granted.
        with connection.cursor() as cursor:
            cursor.execute(limits)
        connection.commit()

    @event.listens_for(engine, "handle_error")
    def drop_read_only(context: ExceptionContext) -> None:
        # After a failover the old server may live on as a standby; the pool must forget its connections.
        if getattr(context.original_exception, "pgcode", None) == READ_ONLY:
            context.is_disconnect = True

    return engine


def read_address(url: str) -> str:
    """
    Return an address as libpq reads it.

    Raises:
        UnableToConnect: libpq cannot read it; the text says why, without the password.
    """
    url = url.replace("postgresql+psycopg2://", "postgresql://", 1)
    try:
        ports = psycopg2.extensions.parse_dsn(url).get("port", "")
        if wrong := [port for port in ports.split(",") if port and not port.isdecimal()]:
            raise psycopg2.ProgrammingError(f"{wrong[0]!r} is no port")
    except psycopg2.ProgrammingError as error:
        reason = str(error).strip().split("\n")[0]
        raise UnableToConnect(
            f"the address of the database is not one such as postgresql://user:password@host:5432/billing: {reason}"
        ) from error
    return url


def _for_people(url: str) -> URL:
    """Return the address as logs show it; of several hosts SQLAlchemy can show none."""
    try:
        return make_url(url).set(drivername="postgresql+psycopg2")
    except (ArgumentError, ValueError):
        return make_url("postgresql+psycopg2://")
