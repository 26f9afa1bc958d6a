"""Read models of dead letters: lists by what is known of them, and one letter with everything about it."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import Session

from domain.ids import message_key
from messages.letters import MOST_AT_ONCE
from store.count import Count, count_up_to
from store.cursor import read_cursor, write_cursor
from store.records import table_of
from store.tables import DeadLetterRow, OutboxRow
from store.wanted_letters import WantedLetters as WantedLetters
from store.wanted_letters import letter_ids as letter_ids
from store.wanted_letters import matching

_LETTERS = table_of(DeadLetterRow)
_OUTBOX = table_of(OutboxRow)


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A dead letter in a list."""

    id: int
    queue: str
    exchange: str
    code: str
    reason: str
    source: str | None
    event_id: str | None
    seen: int
    state: str
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a message with the same name: whose it was, when, and the answer that it got."""

    account_id: str | None
    outcome: str
    received_at: datetime
    answer: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Letter:
    """
    One dead letter with its bytes and all that is known about it.

    `applied` is what became of its message under the same name, by a replay or before; `is_in_outbox`: its replay
    is still to be published. `similar` are letters of the same queue and code, `again` a later one of the same message.
    """

    line: LetterLine
    via: str
    body: bytes
    headers: dict[str, Any]
    properties: dict[str, Any]
    traceparent: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    applied: tuple[Applied, ...]
    is_in_outbox: bool
    again: int | None
    similar: Count


def list_letters(
    session: Session, wanted: WantedLetters, *, limit: int = 50, cursor: str | None = None
) -> tuple[list[LetterLine], str | None]:
    """
    Return a page of dead letters, the newest first, and the cursor of the next one, where there is one.

    Raises:
        WrongCursor: no page of them has given it.
    """
    query = matching(select(*_LINE), wanted).order_by(_LETTERS.c.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(_LETTERS.c.id < int(read_cursor(cursor, letter=int)["letter"]))
    lines = [LetterLine(**row) for row in session.execute(query).mappings()]
    following = write_cursor({"letter": lines[limit - 1].id}) if len(lines) > limit else None
    return lines[:limit], following


def count_letters(session: Session, wanted: WantedLetters) -> Count:
    """Return how many are meant."""
    return count_up_to(session, matching(select(_LETTERS.c.id), wanted))


def count_by_code(session: Session, wanted: WantedLetters) -> list[tuple[str, str, int]]:
    """Return queue, code and how many of those that are meant, the most first; of MOST_AT_ONCE at the most."""
    meant = matching(select(_LETTERS.c.queue, _LETTERS.c.code), wanted).order_by(_LETTERS.c.id).limit(MOST_AT_ONCE)
    counted = meant.subquery()
    rows = session.execute(
        select(counted.c.queue, counted.c.code, func.count()).group_by(counted.c.queue, counted.c.code)
    )
    return sorted(((queue, code, int(number)) for queue, code, number in rows), key=lambda row: -row[2])


def find_letter(session: Session, letter_id: int) -> Letter | None:
    """Return one dead letter; None: there is none with this number."""
    row = session.execute(select(_LETTERS).where(_LETTERS.c.id == letter_id)).one_or_none()
    if row is None:
        return None
    line = LetterLine(**{one.name: getattr(row, one.name) for one in fields(LetterLine)})
    is_named = bool(row.source and row.event_id)
    same = WantedLetters(state=None, queue=row.queue, code=row.code)
    return Letter(
        line=line,
        via=row.via,
        body=bytes(row.body),
        headers=row.headers or {},
        properties=row.properties or {},
        traceparent=row.traceparent,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        resolution=row.resolution,
        applied=find_applied(session, row.source, row.event_id) if is_named else (),
        is_in_outbox=_is_in_outbox(session, letter_id),
        again=_again(session, line) if is_named else None,
        similar=count_letters(session, same),
    )


def find_applied(session: Session, source: str, event_id: str) -> tuple[Applied, ...]:
    """Return what became of the message of a name, for each account that it was used for."""
    found = session.execute(_APPLIED, {"key": message_key(source, event_id).hex()}).mappings()
    return tuple(Applied(**row) for row in found)


def _is_in_outbox(session: Session, letter_id: int) -> bool:
    # The outbox is short, and replays are few in it.
    waiting = select(_OUTBOX.c.id).where(_OUTBOX.c.message_id == f"dead-letter-{letter_id}").limit(1)
    return session.execute(waiting).first() is not None


def _again(session: Session, line: LetterLine) -> int | None:
    later = (
        select(func.min(_LETTERS.c.id))
        .where(_LETTERS.c.id > line.id, _LETTERS.c.source == line.source, _LETTERS.c.event_id == line.event_id)
        .where(_LETTERS.c.state == "waiting")
    )
    found: int | None = session.execute(later).scalar_one()
    return found


_LINE = tuple(_LETTERS.c[each.name] for each in fields(LetterLine))

_APPLIED = text("""
    SELECT account.id AS account_id, CAST(inbox.outcome AS text) AS outcome, inbox.received_at, inbox.answer
    FROM inbox LEFT JOIN account ON account.number = inbox.account
    WHERE inbox.key = CAST(:key AS uuid) ORDER BY inbox.id
""")
