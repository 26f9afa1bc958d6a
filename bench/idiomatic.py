"""
Contest (a): the actor as Dramatiq's and SQLModel's guides would have it.

One message, one session, one transaction, rows as objects. It does what ours does: it claims the
id, locks the account, burns in the same order, writes usage, entries and the fact. The stock broker,
the stock middleware, eight threads. Written to be fast within that style: no needless query, rows
loaded in one select each, one flush.
"""

import hashlib
import os
from datetime import UTC, datetime
from typing import Any

import dramatiq
import orjson
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from sqlalchemy import create_engine
from sqlmodel import Session, col, select

from bench.load import RULES
from domain.ids import message_key
from domain.minutes.burn import NEVER
from messages.minutes.facts import BalanceChanged
from messages.minutes.requests import UsageReported
from messages.write import write
from store.tables import AccountRow, EntryRow, InboxRow, OutboxRow, PackageRow

QUEUE = "bench-idiomatic"
broker = RabbitmqBroker(url=os.environ["AMQP_URL"])
dramatiq.set_broker(broker)
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://"), pool_size=10)


@dramatiq.actor(queue_name=QUEUE)
def report_usage(event: dict[str, Any]) -> None:
    """Apply one usage event."""
    reported = UsageReported.model_validate(event)
    now = datetime.now(UTC)
    content = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    with Session(engine) as session:
        key = message_key(reported.source, reported.id).hex()
        known = session.exec(select(InboxRow.id).where(InboxRow.key == key)).first()
        if known is not None:
            return
        account = session.exec(select(AccountRow).where(AccountRow.id == reported.subject).with_for_update()).one()
        assert account.number is not None
        packages = session.exec(
            select(PackageRow).where(PackageRow.account == account.number, col(PackageRow.has_left))
        ).all()
        message = InboxRow(
            key=key,
            content_hash=hashlib.sha256(content).hexdigest()[:32],
            account=account.number,
            source=reported.source,
            event_id=reported.id,
            type=reported.type,
            outcome="applied",
            entry_id=0,
            received_at=now,
            used_seconds=reported.data.used_seconds,
            occurred_at=reported.time,
            policy=RULES.policy,
            session_id=reported.data.session_id,
            feature=reported.data.feature,
        )
        session.add(message)
        session.flush()
        assert message.id is not None
        eligible = [
            package for package in packages if package.activated_at <= reported.time < (package.expires_at or NEVER)
        ]
        eligible.sort(key=lambda p: (p.priority, p.activated_at, p.expires_at or NEVER, p.id))
        left = reported.data.used_seconds
        for package in eligible:
            taken = min(left, package.left_seconds)
            package.left_seconds -= taken
            package.consumed_seconds += taken
            entry = EntryRow(
                previous_id=account.last_entry_id,
                account=account.number,
                kind="burn",
                seconds=-taken,
                package=package.number,
                usage_id=message.id,
                message_id=message.id,
                effective_at=reported.time,
                booked_at=now,
            )
            session.add(entry)
            session.flush()
            assert entry.id is not None
            message.entry_id = account.last_entry_id = entry.id
            left -= taken
            if not left:
                break
        message.debt_seconds = left or None
        account.sequence += 1
        available = sum(package.left_seconds for package in eligible)
        fact_id, body = write(
            BalanceChanged,
            {"sequence": account.sequence, "available_seconds": available, "debt_seconds": account.debt_seconds},
            at=now,
            subject=account.id,
        )
        session.add(
            OutboxRow(
                exchange="screph.facts",
                routing_key="screph.balance.changed.v1",
                message_id=fact_id,
                body=body,
                created_at=now,
            )
        )
        session.commit()
