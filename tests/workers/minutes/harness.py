"""A harness at which a test hands messages to the workers and polls at what they wrote."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from broker.delivery import Delivery
from domain.minutes.balance import Balance
from domain.minutes.rules import Rules
from messages.queues import MINUTE_USAGE, SALES
from messages.read import Event, Unreadable
from store.audit.run import audit
from store.dead_letters import DeadLetter
from store.engine import Engine, open_engine
from store.minutes.read import account_balance
from store.reading import reading
from tests.workers.events import NOW, Json, read_all
from workers.context import Context
from workers.dead_letters import dead_letter_all, unreadable_letter
from workers.outcome import Outcome, Result
from workers.queues.minute_usage import handle

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MinutesHarness:
    """An account of its own, in a database that tests may share."""

    engine: Engine
    rules: Rules = Rules()
    account: str = field(default_factory=lambda: f"account-{uuid.uuid4().hex[:12]}")

    def apply(self, *messages: Json | bytes, now: datetime = NOW, rules: Rules | None = None) -> list[Outcome]:
        """Apply messages together, as one call of the consumer does, and return what became of each."""
        context = Context(self.engine, rules or self.rules, clock=lambda: now)
        items = read_all(*messages)
        applied = iter(handle(context, [item for item in items if isinstance(item, Event)]))
        outcomes, letters = [], []
        for item in items:
            if isinstance(item, Unreadable):
                outcomes.append(
                    Outcome(Result.REJECTED, item.source, item.message_id, reason=item.reason, code=item.code)
                )
                delivery = Delivery(MINUTE_USAGE, SALES, MINUTE_USAGE, item.body)
                letters.append(unreadable_letter(delivery, item))
                continue
            outcomes.append(next(applied))
            if outcomes[-1].result is Result.REJECTED:
                envelope, last = item.envelope, outcomes[-1]
                letters.append(
                    DeadLetter(
                        "quarantined",
                        MINUTE_USAGE,
                        last.code or "",
                        last.reason,
                        item.body,
                        envelope.source,
                        envelope.id,
                    )
                )
        dead_letter_all(context, letters)
        return outcomes

    def results(self, *messages: Json | bytes, now: datetime = NOW) -> list[Result]:
        """Apply messages together and return only what became of each."""
        return [outcome.result for outcome in self.apply(*messages, now=now)]

    def select(self, query: str, **parameters: Any) -> list[Row]:
        """The rows of a query, in which `:account` is this account."""
        with reading(self.engine) as session:
            rows = session.execute(text(query), {"account": self.account, **parameters}).mappings()
            return [dict(row) for row in rows]

    def packages(self) -> list[Row]:
        """The packages of the account, the oldest first."""
        return self.select(
            "SELECT * FROM package WHERE account = (SELECT number FROM account WHERE id = :account) ORDER BY activated_at, id"
        )

    def entries(self) -> list[tuple[str, int]]:
        """The ledger of the account, as kind and seconds, in the order of booking."""
        rows = self.select(
            "SELECT kind, seconds FROM entry WHERE account = (SELECT number FROM account WHERE id = :account) ORDER BY id"
        )
        return [(row["kind"], row["seconds"]) for row in rows]

    def usages(self) -> list[Row]:
        """The usages of the account, batch by batch; within one their ids follow their keys."""
        return self.select(
            "SELECT * FROM usage WHERE account = (SELECT number FROM account WHERE id = :account) ORDER BY id"
        )

    def row(self) -> Row:
        """The account itself."""
        [row] = self.select("SELECT * FROM account WHERE id = :account")
        return row

    def facts(self, kind: str | None = None) -> list[Json]:
        """The facts about the account that wait in the outbox, in order; of one kind, without `screph.` and `.v1`."""
        rows = self.select("SELECT routing_key, body FROM outbox WHERE exchange = 'screph.facts' ORDER BY id")
        facts = [orjson.loads(bytes(row["body"])) for row in rows]
        return [
            fact
            for fact in facts
            if fact["subject"] == self.account and kind in (None, fact["type"].removeprefix("screph.")[:-3])
        ]

    def letters(self) -> list[Row]:
        """What was set aside of the source of this account's events, or has no source."""
        return self.select("SELECT * FROM dead_letter WHERE convert_from(body, 'LATIN1') LIKE '%' || :account || '%'")

    def balance(self, *, at: datetime | None = None, now: datetime = NOW) -> Balance:
        """What the account can spend."""
        with reading(self.engine) as session:
            return account_balance(session, self.account, at=at, now=now, policy=self.rules.policy)


@contextmanager
def audited(database_url: str) -> Iterator[Engine]:
    """Open a database, and see to it that the audit holds when the tests have done with it."""
    engine = open_engine(database_url, pool_size=10)
    yield engine
    found = audit(engine)
    engine.dispose()
    broken = {finding.invariant.name: finding.rows for finding in found.checks if not finding.holds}
    assert not broken, broken
