"""The inbox: idempotency by claiming each message's key, so that a repeat has no second effect."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlmodel import Session

from domain.ids import message_key
from store.hot_path import CLAIM
from store.json_rows import json_rows, plain_array
from store.prepared import run

NO_ACCOUNT = 0
"""Stands for the account of a message about none, such as a reminder."""


class Key(NamedTuple):
    """What names a message for ever: CloudEvents' source and id."""

    source: str
    event_id: str


# Not frozen: a frozen one takes eight times as long to make, and there is one for every event.
@dataclass(slots=True)
class Arrival:
    """
    A message that wants to be applied.

    `sha256` is the hash of its content, of which the inbox keeps 16 bytes; `account` is the number of its account.
    """

    key: Key
    type: str
    sha256: bytes
    account: int = NO_ACCOUNT
    traceparent: str | None = None
    hex_key: str = field(init=False)

    def __post_init__(self) -> None:
        self.hex_key = message_key(*self.key).hex()

    def row(self) -> dict[str, Any]:
        """Return what its row in the inbox has, whatever became of it."""
        row: dict[str, Any] = {
            "key": self.hex_key,
            "content_hash": self.sha256[:16].hex(),
            "account": self.account,
            "type": self.type,
            "source": self.key.source,
            "event_id": self.key.event_id,
        }
        if self.traceparent is not None:
            row["traceparent"] = self.traceparent
        return row


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a message that asked, yes or no."""

    said: dict[str, Any]
    is_refusal: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A message that was applied or refused before, of whichever account, and the answer that it got."""

    message_id: int
    account: int
    content_hash: bytes
    outcome: str
    answer: dict[str, Any] | None

    def has_content(self, sha256: bytes) -> bool:
        """Tell whether a message with the same key says the same."""
        return self.content_hash == sha256[:16]


@dataclass(frozen=True, slots=True)
class Claims:
    """Which of the arrivals are new, with the id each got, and which are known; and ids for lines of the ledger."""

    fresh: dict[Key, int]
    known: dict[Key, Known]
    entry_ids: list[int] = field(default_factory=list)


_INSERT = text("""
    INSERT INTO inbox (key, content_hash, account, type, source, event_id, traceparent)
    SELECT key, content_hash, account, type, source, event_id, traceparent
    FROM json_to_recordset(CAST(:arrivals AS json)) AS arrival (
        key uuid, content_hash uuid, account integer, type message_type, source text, event_id text, traceparent text)
    WHERE NOT EXISTS (SELECT FROM inbox WHERE inbox.key = arrival.key)
    ON CONFLICT (key, account) DO NOTHING
    RETURNING id, key::text
""")

# One round trip; the second statement has a snapshot of its own, taken after the lock.
_LOCK_AND_INSERT = text(
    f"SELECT pg_advisory_xact_lock(number) FROM unnest(CAST(:numbers AS bigint[])) AS number; {_INSERT.text}"
)

_KNOWN = text("""
    SELECT key::text, id AS message_id, account, content_hash::text, outcome, answer FROM inbox
    WHERE key = ANY(CAST(:keys AS uuid[]))
    ORDER BY id DESC
""")

_ANSWER = text("""
    UPDATE inbox SET outcome = given.outcome, answer = CAST(given.answer AS jsonb)
    FROM json_to_recordset(CAST(:given AS json)) AS given (id bigint, outcome message_outcome, answer json)
    WHERE inbox.id = given.id
""")


def claim_messages(session: Session, arrivals: Iterable[Arrival]) -> Claims:
    """
    Claim messages for this transaction, and write them at once.

    A message that another transaction is applying right now is waited for. What is
    claimed here and then fails is free again with the rollback.

    Args:
        session: the transaction that will hold the effect as well.
        arrivals: each key once.
    """
    # In one order for everybody: two transactions with the same repeats then wait, and never in a circle.
    wanted = {arrival.key: arrival for arrival in sorted(arrivals, key=lambda arrival: arrival.key)}
    if not wanted:
        return Claims({}, {})
    by_key = {arrival.hex_key: arrival.key for arrival in wanted.values()}
    rows = session.execute(_INSERT, {"arrivals": json_rows(arrival.row() for arrival in wanted.values())})
    fresh = {by_key[key.replace("-", "")]: message_id for message_id, key in rows}
    repeated = [key for key in wanted if key not in fresh]
    return Claims(fresh, find_known(session, repeated) if repeated else {})


def claim_in_books(session: Session, arrivals: Sequence[Arrival], *, lines: int) -> Claims:
    """
    Claim messages whose accounts' books are open here; `save()` writes them, once, with what they did.

    The lock of the account keeps everybody else away from its messages until then. Ids follow the keys, so that
    neither index is filled out of its order.

    Args:
        session: the transaction in which the books were opened.
        arrivals: each key once.
        lines: how many ids to reserve for lines of the ledger.
    """
    arrivals = sorted(arrivals, key=attrgetter("hex_key"))
    row = run(
        session,
        (CLAIM,),
        {
            "keys": plain_array(arrival.hex_key for arrival in arrivals),
            "accounts": plain_array(arrival.account for arrival in arrivals),
            "lines": lines,
        },
    ).one()
    fresh: dict[Key, int] = {}
    repeated: list[Key] = []
    for arrival, message_id in zip(arrivals, row.message_ids, strict=True):
        if message_id is None:
            repeated.append(arrival.key)
        else:
            fresh[arrival.key] = message_id
    return Claims(fresh, find_known(session, repeated) if repeated else {}, row.entry_ids)


def find_known(session: Session, keys: Sequence[Key]) -> dict[Key, Known]:
    """Return those of the messages that were applied or refused before; of two accounts' the first one."""
    by_key = {message_key(*key).hex(): key for key in keys}
    found = session.execute(_KNOWN, {"keys": plain_array(by_key)}).mappings()
    return {by_key[row["key"].replace("-", "")]: _known(**row) for row in found}


def save_answers(session: Session, answers: Mapping[int, Answer]) -> None:
    """Save the answers that claimed messages got, by message id, for their repeats."""
    if answers:
        session.execute(
            _ANSWER,
            {
                "given": json_rows(
                    {
                        "id": message_id,
                        "outcome": "refused" if answer.is_refusal else "applied",
                        "answer": answer.said,
                    }
                    for message_id, answer in answers.items()
                )
            },
        )


def _known(key: str, content_hash: str, **rest: Any) -> Known:
    return Known(content_hash=bytes.fromhex(content_hash.replace("-", "")), **rest)


def claim_across_accounts(session: Session, arrivals: Iterable[Arrival]) -> dict[Key, int]:
    """
    Claim keys for all accounts, concurrent claims included; those that were claimed before are left out.

    The unique key of the inbox is by account, so a lock of the key itself excludes the others. The locks are taken in
    one order by everybody.
    """
    wanted = {arrival.hex_key: arrival for arrival in arrivals}
    if not wanted:
        return {}
    numbers = sorted(int.from_bytes(bytes.fromhex(key)[:8], signed=True) for key in wanted)
    rows = (arrival.row() for _, arrival in sorted(wanted.items()))
    found = session.execute(_LOCK_AND_INSERT, {"numbers": plain_array(numbers), "arrivals": json_rows(rows)})
    return {wanted[key.replace("-", "")].key: int(message_id) for message_id, key in found}
