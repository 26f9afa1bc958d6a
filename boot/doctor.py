"""The doctor: is everything reachable and as it should be, and if not, what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from boot.embedded import embedded_database_url
from boot.settings import Settings, UnableToStart
from broker.inspection import QueueFault, inspect_consumers, inspect_queues
from messages.errors import Unavailable
from store.dead_letters import count_waiting
from store.engine import Engine, open_engine
from store.migrate import is_newer, migrate, revisions
from store.outbox import backlog, count_refused
from store.reading import reading

OUTBOX_TOO_OLD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was examined, what was found, and what to do where it is not well."""

    name: str
    is_ok: bool
    found: str
    advice: str = ""


def examine(settings: Settings) -> list[Check]:
    """Examine everything that an installation needs; never raises, for that would hide the rest."""
    return [*_examine_database(settings), *_examine_broker(settings)]


def _examine_database(settings: Settings) -> Iterator[Check]:
    try:
        url = settings.database_url
        if url is None:
            url = embedded_database_url(settings.embedded_dir)
            migrate(url)
        engine = open_engine(url, statement_timeout_ms=5_000)
    except (UnableToStart, Unavailable, ValueError) as error:
        yield Check("database", False, str(error), "correct DATABASE_URL")
        return
    try:
        yield from _examine_store(engine, "embedded" if settings.database_url is None else "reached")
    except Unavailable as error:
        yield Check("database", False, str(error), "start PostgreSQL, or correct DATABASE_URL")
    finally:
        engine.dispose()


def _examine_store(engine: Engine, how: str) -> Iterator[Check]:
    with reading(engine) as session:
        connection = session.connection()
        version = connection.dialect.server_version_info or (0,)
        yield Check(
            "database",
            version >= (15,),
            f"{how}, PostgreSQL {'.'.join(map(str, version))}",
            "" if version >= (15,) else "PostgreSQL 15 or newer is needed",
        )
        current, head = revisions(connection)
        is_ready = current == head or is_newer(connection)
        newer = ", newer than this program" if current != head and is_ready else ""
        yield Check(
            "schema",
            is_ready,
            f"at {current}{newer}, this program's is {head}",
            "" if is_ready else "run `billing migrate`",
        )
        if not is_ready:
            return
        count, oldest = backlog(session)
        is_fresh = oldest is None or datetime.now(UTC) - oldest < OUTBOX_TOO_OLD
        yield Check(
            "outbox",
            is_fresh,
            f"{count} messages wait" + (f", the oldest since {oldest:%Y-%m-%d %H:%M:%S} UTC" if oldest else ""),
            "" if is_fresh else "is `billing relay` running, and does it reach the broker?",
        )
        refused = count_refused(session)
        yield Check(
            "refused messages",
            not refused.value,
            f"{refused} messages of the outbox can never be published",
            "the relay's log says why; the runbook, what to do" if refused.value else "",
        )
        waiting = count_waiting(session)
        # For an operator to see, and no fault of the installation: a health check must not restart over it.
        yield Check(
            "dead letters",
            True,
            f"{waiting} wait for a decision",
            "`billing dead-letters list` shows them" if waiting.value else "",
        )


def _examine_broker(settings: Settings) -> Iterator[Check]:
    if settings.amqp_url is None:
        yield Check("broker", True, "embedded: in the process of `billing run`")
        return
    try:
        faults = inspect_queues(settings.amqp_url)
        unconsumed = inspect_consumers(settings.amqp_url)
    except OSError as error:
        yield Check("broker", False, f"cannot be reached: {error!r}", "start RabbitMQ, or correct AMQP_URL")
        return
    yield Check("broker", True, "reached")
    for fault in faults:
        yield _of_queue(fault)
    if not faults:
        yield Check("queues", True, "all there, with the arguments they should have")
    for fault in unconsumed:
        yield Check(f"consumers of {fault.queue}", False, fault.found, fault.advice)
    if not unconsumed:
        yield Check("consumers", True, "each queue has some")


def _of_queue(fault: QueueFault) -> Check:
    return Check(f"queue {fault.queue}", False, fault.found, fault.advice)
