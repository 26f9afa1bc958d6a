"""The audit log in the store: lines are added, each bound to the one before it, and never changed."""

from datetime import datetime

import orjson
from sqlalchemy import text
from sqlmodel import Session

from domain.access.act import Act
from domain.money import Money
from store.access.sealing import seal_pads
from store.engine import Engine

LOCK = 0x5C4E_A0D1
"""Of the end of the log. It is taken last in every transaction, so nobody waits for it in a circle."""

HASH = """
    sha256(line.previous_hash || convert_to(jsonb_build_array(
        line.id, to_char(line.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), line.operator, line.name, line.role,
        line.session_id, line.address, line.request_id, line.action, line.object, line.account_id, line.reason,
        line.detail, line.source, line.event_id
    )::text, 'UTF8'))
"""
"""What binds a line to all before it; the audit computes it again."""

SEAL = "sha256(key.outer_pad || sha256(key.inner_pad || hashed.hash))"
"""HMAC-SHA-256 of a line's hash with a key that the database does not hold; NULL without one."""

FIRST = "decode(repeat('00', 32), 'hex')"
"""What the first line has in place of the hash of the one before."""

_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")

_KNOWN = text("SELECT id FROM audit_log WHERE source = :source AND event_id = :event_id")

_ADD = text(f"""
    WITH line AS (
        SELECT coalesce(head.id, 0) + 1 AS id, CAST(:at AS timestamptz) AS at, CAST(:operator AS integer) AS operator,
               CAST(:name AS text) AS name, CAST(:role AS text) AS role, CAST(:session_id AS bigint) AS session_id,
               CAST(:address AS text) AS address, CAST(:request_id AS text) AS request_id,
               CAST(:action AS text) AS action, CAST(:object AS text) AS object,
               CAST(:account_id AS text) AS account_id, CAST(:reason AS text) AS reason,
               CAST(:detail AS jsonb) AS detail,
               CAST(:source AS text) AS source, CAST(:event_id AS text) AS event_id,
               coalesce(head.hash, {FIRST}) AS previous_hash
        FROM (VALUES (1)) AS one
        LEFT JOIN LATERAL (SELECT id, hash FROM audit_log ORDER BY id DESC LIMIT 1) AS head ON true
    )
    INSERT INTO audit_log (id, at, operator, name, role, session_id, address, request_id, action, object, account_id,
                           reason, detail, source, event_id, previous_hash, hash, seal)
    SELECT hashed.*, {SEAL} FROM (SELECT line.*, {HASH} AS hash FROM line) AS hashed
    LEFT JOIN (SELECT CAST(:inner_pad AS bytea) AS inner_pad, CAST(:outer_pad AS bytea) AS outer_pad) AS key ON true
    RETURNING id
""")

# The line of an approved request says who asked, not how many minutes.
_GRANTED_ALONE = text("""
    SELECT coalesce(sum(CAST(detail ->> 'minutes' AS bigint)), 0) FROM audit_log
    WHERE account_id = :account_id AND name = :name AND action = 'minutes.grant' AND at > :since
""")

_GRANTED_ALONE_IN_ALL = text("""
    SELECT coalesce(sum(CAST(detail ->> 'minutes' AS bigint)), 0) FROM audit_log
    WHERE name = :name AND action = 'minutes.grant' AND at > :since
""")

# An amount stands there as people read it, such as `9.50 EUR`, with all decimals of its currency.
_REFUNDED_ALONE = text("""
    SELECT coalesce(sum(CAST(replace(split_part(detail ->> 'amount', ' ', 1), '.', '') AS bigint)), 0) FROM audit_log
    WHERE name = :name AND action = 'order.refund' AND at > :since
      AND split_part(detail ->> 'amount', ' ', 2) = :currency
""")

_LOCK_SUMS = text("SELECT pg_advisory_xact_lock(hashtext(:key))")

_HEAD = text("SELECT id, encode(hash, 'hex') AS hash FROM audit_log ORDER BY id DESC LIMIT 1")


def add_act(session: Session, act: Act, *, at: datetime, message: tuple[str, str] | None = None) -> int:
    """
    Add a line, and return its number; call it last in a transaction.

    A line of a message is there once, whichever of its transactions comes first and however often it is repeated.

    Args:
        session: the transaction of what was done.
        act: what, by whom.
        at: aware UTC moment.
        message: source and id of the message that it caused.
    """
    session.execute(_LOCK, {"lock": LOCK})
    source, event_id = message or (None, None)
    if message is not None:
        known = session.execute(_KNOWN, {"source": source, "event_id": event_id}).scalar_one_or_none()
        if known is not None:
            return int(known)
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    inner_pads, outer_pads = seal_pads(engine)
    actor = act.actor
    values = {
        "at": at,
        "operator": actor.operator,
        "name": actor.name,
        "role": actor.role,
        "session_id": actor.session_id,
        "address": actor.address,
        "request_id": actor.request_id,
        "action": act.action,
        "object": act.object,
        "account_id": act.account_id,
        "reason": act.reason,
        "detail": orjson.dumps(dict(act.detail)).decode() if act.detail else None,
        "source": source,
        "event_id": event_id,
        "inner_pad": inner_pads[0] if inner_pads else None,
        "outer_pad": outer_pads[0] if outer_pads else None,
    }
    return int(session.execute(_ADD, values).scalar_one())


def has_line(session: Session, source: str, event_id: str) -> bool:
    """Tell whether a message has its line."""
    return session.execute(_KNOWN, {"source": source, "event_id": event_id}).one_or_none() is not None


def minutes_granted_alone(session: Session, name: str, account_id: str, *, since: datetime) -> int:
    """Return how many minutes an operator has granted an account since a moment, without those that two agreed on."""
    parameters = {"name": name, "account_id": account_id, "since": since}
    return int(session.execute(_GRANTED_ALONE, parameters).scalar_one())


def lock_sums_of(session: Session, name: str) -> None:
    """Let an operator add to what they do alone in one transaction at a time; two would not count each other."""
    session.execute(_LOCK_SUMS, {"key": f"done alone {name}"})


def minutes_granted_in_all(session: Session, name: str, *, since: datetime) -> int:
    """Return how many minutes an operator has granted any accounts alone since a moment."""
    return int(session.execute(_GRANTED_ALONE_IN_ALL, {"name": name, "since": since}).scalar_one())


def refunded_alone(session: Session, name: str, currency: str, *, since: datetime) -> Money:
    """Return how much of a currency an operator has given back alone, for any orders, since a moment."""
    parameters = {"name": name, "currency": currency, "since": since}
    return Money(int(session.execute(_REFUNDED_ALONE, parameters).scalar_one()), currency)


def head_of_log(session: Session) -> tuple[int, str] | None:
    """Return number and hash, in hexadecimal digits, of the last line; None: there is none."""
    row = session.execute(_HEAD).one_or_none()
    return None if row is None else (int(row.id), str(row.hash))
