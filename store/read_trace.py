"""Read model of the trace of one message, by its name; it costs the same however old the store is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.ids import message_key


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """A message in the inbox, for one account, with the answer that it got and the usage that it booked."""

    message_id: int
    account_id: str | None
    type: str
    outcome: str
    received_at: datetime
    answer: dict[str, Any] | None
    used_seconds: int | None
    occurred_at: datetime | None
    is_reversed: bool
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class TracedEntry:
    """A line of the ledger that a message has caused."""

    id: int
    kind: str
    seconds: int
    package_id: str | None
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class TracedAct:
    """What an operator did by a message, and why."""

    at: datetime
    name: str
    role: str
    action: str
    object: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class TracedWebhook:
    """A webhook of a gateway: what it hinted at, what became of it, and the order that it is about, if one is known."""

    subject: str
    ref: str
    event: str
    state: str
    note: str | None
    tries: int
    received_at: datetime
    tried_at: datetime | None
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Trace:
    """
    What is known of a message by its name: in the inbox and the ledger, who did it, among facts that wait, and among
    dead letters; and of a webhook, which has its gateway's name.
    """

    messages: tuple[TracedMessage, ...]
    webhook: TracedWebhook | None
    acts: tuple[TracedAct, ...]
    entries: dict[int, tuple[TracedEntry, ...]]
    letters: tuple[tuple[int, str, str], ...]
    waiting_facts: tuple[tuple[str, datetime], ...]


def read_trace(session: Session, source: str, event_id: str) -> Trace:
    """Return what is known of a message by its name."""
    found = session.execute(_MESSAGES, {"key": message_key(source, event_id).hex()}).mappings().all()
    messages = tuple(
        TracedMessage(**{k: v for k, v in row.items() if k not in ("account", "entry_id")}) for row in found
    )
    entries = {
        row["message_id"]: tuple(
            TracedEntry(**line)
            for line in session.execute(
                _ENTRIES, {"last": row["entry_id"], "account": row["account"], "message": row["message_id"]}
            ).mappings()
        )
        for row in found
    }
    named = {"source": source, "event_id": event_id}
    letters = tuple((row.id, row.state, row.code) for row in session.execute(_SAME_LETTERS, named))
    facts = tuple((row.routing_key, row.created_at) for row in session.execute(_FACTS, {"said": event_id.encode()}))
    acts = tuple(TracedAct(**row) for row in session.execute(_ACTS, named).mappings())
    return Trace(messages, _webhook(session, source, event_id), acts, entries, letters, facts)


def _webhook(session: Session, source: str, event_id: str) -> TracedWebhook | None:
    kind, _, gateway = source.partition("/")
    if kind != "gateway":
        return None
    row = session.execute(_WEBHOOK, {"gateway": gateway, "key": event_id}).mappings().one_or_none()
    return None if row is None else TracedWebhook(**row)


_MESSAGES = text("""
    SELECT inbox.id AS message_id, inbox.account, account.id AS account_id, CAST(inbox.type AS text) AS type,
           CAST(inbox.outcome AS text) AS outcome, inbox.received_at, inbox.answer, inbox.used_seconds,
           inbox.occurred_at, inbox.reversed_by IS NOT NULL AS is_reversed, inbox.traceparent, inbox.entry_id
    FROM inbox LEFT JOIN account ON account.number = inbox.account
    WHERE inbox.key = CAST(:key AS uuid) ORDER BY inbox.id
""")

# The lines of one message lie side by side in the chain of its account, before its last one.
_ENTRIES = text("""
    WITH RECURSIVE line AS (
        SELECT entry.* FROM entry WHERE entry.id = :last AND entry.account = :account
        UNION ALL
        SELECT entry.* FROM line JOIN entry ON entry.id = line.previous_id AND entry.account = line.account
        WHERE entry.message_id = :message
    )
    SELECT line.id, CAST(line.kind AS text) AS kind, line.seconds, CAST(package.id AS text) AS package_id,
           line.booked_at
    FROM line LEFT JOIN package ON package.number = line.package AND package.account = line.account
    WHERE line.message_id = :message ORDER BY line.id LIMIT 200
""")

_SAME_LETTERS = text("""
    SELECT id, CAST(state AS text) AS state, code FROM dead_letter
    WHERE source = :source AND event_id = :event_id ORDER BY id DESC LIMIT 20
""")

# A fact names the message that caused it; the oldest of what waits is looked through, no more.
_FACTS = text("""
    SELECT routing_key, created_at
    FROM (SELECT routing_key, created_at, body FROM outbox ORDER BY id LIMIT 5000) AS waiting
    WHERE position(CAST(:said AS bytea) IN body) > 0 LIMIT 20
""")

# The audit log has one line for each message of an operator.
_ACTS = text("""
    SELECT at, name, role, action, object, reason FROM audit_log
    WHERE source = :source AND event_id = :event_id ORDER BY id
""")

_WEBHOOK = text("""
    SELECT CAST(webhook.subject AS text) AS subject, webhook.ref, webhook.event, CAST(webhook.state AS text) AS state,
           webhook.note, webhook.tries, webhook.received_at, webhook.tried_at,
           (SELECT CAST(orders.id AS text) FROM orders
            WHERE orders.gateway = webhook.gateway
              AND (orders.checkout_ref = webhook.ref OR orders.payment_ref = webhook.ref) LIMIT 1) AS order_id
    FROM webhook WHERE webhook.gateway = :gateway AND webhook.dedupe_key = :key
""")
