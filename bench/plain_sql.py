"""
Contest (b): the same actor with plain SQL.

One message, one transaction, psycopg2 and a connection per thread; the stock broker, the fill_catalogue
middleware, eight threads. As few round trips as the work allows when each message is alone.
"""

import hashlib
import os
import threading
from datetime import UTC, datetime
from typing import Any

import dramatiq
import orjson
import psycopg2
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from bench.load import RULES
from domain.ids import message_key
from messages.minutes.facts import BalanceChanged
from messages.minutes.requests import UsageReported
from messages.write import write

QUEUE = "bench-plain-sql"
broker = RabbitmqBroker(url=os.environ["AMQP_URL"])
dramatiq.set_broker(broker)
local = threading.local()

CLAIM = """
    SELECT nextval('inbox_id_seq'), nextval('entry_id_seq') WHERE NOT EXISTS (SELECT FROM inbox WHERE key = %s)
"""
LOCK = "SELECT number, sequence, debt_seconds, last_entry_id FROM account WHERE id = %s FOR NO KEY UPDATE"
LOAD = """
    SELECT number, left_seconds FROM package
    WHERE account = %s AND has_left AND activated_at <= %s AND (expires_at IS NULL OR expires_at > %s)
    ORDER BY priority, activated_at, expires_at NULLS LAST, id
"""
BURN = """
    UPDATE package SET left_seconds = left_seconds - %s, consumed_seconds = consumed_seconds + %s
    WHERE number = %s AND account = %s;
    INSERT INTO entry (id, previous_id, account, kind, seconds, package, usage_id, message_id, effective_at)
    VALUES (%s, %s, %s, 'burn', %s, %s, %s, %s, %s)
"""
SAVE = """
    INSERT INTO inbox (id, entry_id, key, content_hash, account, type, source, event_id, used_seconds, debt_seconds,
                       occurred_at, policy, session_id, feature)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s);
    UPDATE account SET sequence = sequence + 1, last_entry_id = %s WHERE number = %s;
    INSERT INTO outbox (exchange, routing_key, message_id, body)
    VALUES ('screph.facts', 'screph.balance.changed.v1', %s, %s)
"""


@dramatiq.actor(queue_name=QUEUE)
def report_usage(event: dict[str, Any]) -> None:
    """Apply one usage event."""
    reported = UsageReported.model_validate(event)
    content = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    with _connection() as connection, connection.cursor() as cursor:
        cursor.execute(LOCK, (reported.subject,))
        account, sequence, debt_seconds, previous_id = cursor.fetchone()
        key = message_key(reported.source, reported.id).hex()
        cursor.execute(CLAIM, (key,))
        row = cursor.fetchone()
        if row is None:
            return
        claimed, entry_id = row
        cursor.execute(LOAD, (account, reported.time, reported.time))
        packages = cursor.fetchall()
        left = used = reported.data.used_seconds
        for package, left_seconds in packages:
            taken = min(left, left_seconds)
            burn = (entry_id, previous_id, account, -taken, package, claimed, claimed, reported.time)
            cursor.execute(BURN, (taken, taken, package, account, *burn))
            left -= taken
            if not left:
                break
            # The load's packages are far larger than a usage, so this is not measured.
            cursor.execute("SELECT nextval('entry_id_seq')")
            previous_id, entry_id = entry_id, cursor.fetchone()[0]
        available = sum(seconds for _, seconds in packages) - (used - left)
        fact_id, body = write(
            BalanceChanged,
            {"sequence": sequence + 1, "available_seconds": available, "debt_seconds": debt_seconds},
            at=datetime.now(UTC),
            subject=reported.subject,
        )
        cursor.execute(
            SAVE,
            (
                claimed,
                entry_id,
                key,
                hashlib.sha256(content).hexdigest()[:32],
                account,
                reported.type,
                reported.source,
                reported.id,
                used,
                left or None,
                reported.time,
                RULES.policy.value,
                reported.data.session_id,
                reported.data.feature,
                entry_id,
                account,
                fact_id,
                body,
            ),
        )


def _connection() -> Any:
    if not hasattr(local, "connection"):
        local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    return local.connection
