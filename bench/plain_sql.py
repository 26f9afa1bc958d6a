"""
Contest (b): the same actor with plain SQL.

One message, one transaction, psycopg2 and a connection per thread; the stock broker, the stock
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
from messages.minutes.facts import BalanceChanged
from messages.minutes.requests import UsageReported
from messages.write import write

QUEUE = "bench-plain-sql"
broker = RabbitmqBroker(url=os.environ["AMQP_URL"])
dramatiq.set_broker(broker)
local = threading.local()

CLAIM = """
    INSERT INTO inbox (source, event_id, type, sha256) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING id
"""
LOCK = "SELECT sequence, debt_seconds FROM account WHERE id = %s FOR NO KEY UPDATE"
LOAD = """
    SELECT id, left_seconds FROM package
    WHERE account_id = %s AND has_left AND activated_at <= %s AND (expires_at IS NULL OR expires_at > %s)
    ORDER BY priority, activated_at, expires_at NULLS LAST, id
"""
BURN = """
    UPDATE package SET left_seconds = left_seconds - %s, consumed_seconds = consumed_seconds + %s WHERE id = %s;
    INSERT INTO entry (account_id, kind, seconds, package_id, usage_id, message_id, effective_at)
    VALUES (%s, 'burn', %s, %s, %s, %s, %s)
"""
KEEP = """
    INSERT INTO usage (id, account_id, used_seconds, burnt_seconds, debt_seconds, occurred_at, judged_at, policy,
                       session_id, feature) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s);
    UPDATE account SET sequence = sequence + 1 WHERE id = %s;
    INSERT INTO outbox (exchange, routing_key, message_id, body)
    VALUES ('screph.facts', 'screph.balance.changed.v1', %s, %s)
"""


@dramatiq.actor(queue_name=QUEUE)
def report_usage(event: dict[str, Any]) -> None:
    """Apply one usage event."""
    reported = UsageReported.model_validate(event)
    content = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    with _connection() as connection, connection.cursor() as cursor:
        cursor.execute(CLAIM, (reported.source, reported.id, reported.type, hashlib.sha256(content).digest()))
        row = cursor.fetchone()
        if row is None:
            return
        claimed = row[0]
        cursor.execute(LOCK, (reported.subject,))
        sequence, debt_seconds = cursor.fetchone()
        cursor.execute(LOAD, (reported.subject, reported.time, reported.time))
        packages = cursor.fetchall()
        left = used = reported.data.used_seconds
        for package_id, left_seconds in packages:
            taken = min(left, left_seconds)
            cursor.execute(
                BURN,
                (taken, taken, package_id, reported.subject, -taken, package_id, claimed, claimed, reported.time),
            )
            left -= taken
            if not left:
                break
        available = sum(seconds for _, seconds in packages) - (used - left)
        fact_id, body = write(
            BalanceChanged,
            {"sequence": sequence + 1, "available_seconds": available, "debt_seconds": debt_seconds},
            at=datetime.now(UTC),
            subject=reported.subject,
        )
        cursor.execute(
            KEEP,
            (
                claimed,
                reported.subject,
                used,
                used - left,
                left,
                reported.time,
                reported.time,
                RULES.policy.value,
                reported.data.session_id,
                reported.data.feature,
                reported.subject,
                fact_id,
                body,
            ),
        )


def _connection() -> Any:
    if not hasattr(local, "connection"):
        local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    return local.connection
