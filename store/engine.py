"""The engine of one process: its connections to the database."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg2
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from store.errors import NOT_AS_PREPARED, READ_ONLY
from store.slow import log_slow_statements

__all__ = ["Engine", "Session", "UnableToConnect", "access_secrets_of", "is_pooled", "open_engine"]

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


def open_engine(
    url: str,
    *,
    pool_size: int = 4,
    statement_timeout_ms: int = 30_000,
    lock_timeout_ms: int | None = None,
    slow_statement_ms: int = 0,
    access_secrets: Sequence[str] = (),
) -> Engine:
    """
    Return the engine of one process.

    Args:
        url: `postgresql://…`, as libpq reads it; several hosts too, with `target_session_attrs=read-write`.
        pool_size: connections that stay open; threads + 2.
        statement_timeout_ms: no statement may run longer.
        lock_timeout_ms: how long locks are waited for; a third of the other if left out.
        slow_statement_ms: what takes longer is logged; 0: nothing is.
        access_secrets: what keys of the audit log and of apps are made from, the newest first.

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
    _limit(
        engine,
        {
            "statement_timeout": f"{statement_timeout_ms}",
            "lock_timeout": f"{lock_timeout_ms or statement_timeout_ms // 3}",
            "idle_in_transaction_session_timeout": "60000",
            "timezone": "'UTC'",
            # Of statements that are prepared (store/prepared.py): as good for any number of accounts, and made once.
            "plan_cache_mode": "force_generic_plan",
        },
    )

    engine.update_execution_options(access_secrets=tuple(access_secrets))

    if slow_statement_ms:
        log_slow_statements(engine, over_ms=slow_statement_ms)

    @event.listens_for(engine, "handle_error")
    def drop_outdated(context: ExceptionContext) -> None:
        # After a failover the old server may live on as a standby; the pool must forget its connections. So it must
        # those whose prepared statements return other columns since the schema was changed, or are not what was noted.
        state, statement = getattr(context.original_exception, "pgcode", None), context.statement or ""
        if state == READ_ONLY or (state in NOT_AS_PREPARED and statement.startswith(("EXECUTE ", "PREPARE "))):
            context.is_disconnect = True

    return engine


def is_pooled(connection: Connection) -> bool:
    """Tell whether a pooler stands before the database, so that the next transaction may be in another session."""
    return bool(connection.info.get("is_pooled"))


def access_secrets_of(engine: Engine) -> tuple[str, ...]:
    """Return what keys of the audit log and of apps are made from, the newest first; empty: there are none."""
    secrets: tuple[str, ...] = engine.get_execution_options().get("access_secrets", ())
    return secrets


def _limit(engine: Engine, limits: Mapping[str, str]) -> None:
    """Set PostgreSQL's limits once a connection or, where a pooler stands in between, in each transaction."""
    for_session = "; ".join(f"SET {name} = {value}" for name, value in limits.items())
    for_transaction = "; ".join(f"SET LOCAL {name} = {value}" for name, value in limits.items())

    @event.listens_for(engine, "connect")
    def limit_session(connection: Any, record: Any) -> None:
        # Not as start-up options, which PgBouncer refuses; and not in each transaction, which would cost a round trip
        # each and doubled the time until a payment is granted.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [backend_pid] = cursor.fetchone()
            # A pooler invents the number by which its clients cancel, so it is not the one of PostgreSQL's process.
            record.info["is_pooled"] = backend_pid != connection.get_backend_pid()
            if not record.info["is_pooled"]:
                cursor.execute(for_session)
        connection.commit()

    @event.listens_for(engine, "begin")
    def limit_transaction(connection: Connection) -> None:
        # In PgBouncer's transaction mode the next transaction has another session, maybe one that nobody has limited,
        # and what is set for a session would bind strangers.
        if is_pooled(connection):
            # By SQLAlchemy, not by the driver's own cursor: this statement is the first to meet a server that is away,
            # and the driver's bare error would be taken for a bug.
            connection.exec_driver_sql(for_transaction)


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
