"""Accounts to whom campaigns are for, and an operator who makes them."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from domain.minutes.balance import Balance
from messages.envelope import Envelope
from messages.promotions.campaigns import (
    CampaignApproveRequested,
    CampaignCreateRequested,
    CampaignsRunRequested,
    CampaignVoidRequested,
)
from messages.queues import DUE, PROMOTION
from messages.read import Event, Unreadable, read
from messages.write import write
from store.engine import Engine
from store.minutes.read import account_balance
from store.reading import reading
from store.transaction import transaction
from tests.workers.events import NOW, Json
from tests.workers.minutes.harness import MinutesHarness, Row
from workers.context import Context
from workers.outcome import Outcome
from workers.promotions.campaign_run import run_campaigns
from workers.queues import due, promotion

APPROVED_ABOVE_SECONDS = 6_000


@dataclass
class CampaignHarness:
    """One person may give 6 000 seconds in all; it is noon."""

    engine: Engine
    url: str
    now: datetime = NOW

    @property
    def context(self) -> Context:
        """What handlers need."""
        return Context(self.engine, clock=lambda: self.now, approve_above_seconds=APPROVED_ABOVE_SECONDS)

    @property
    def minutes(self) -> MinutesHarness:
        """A harness for messages about minutes."""
        return MinutesHarness(self.engine)

    def open(self, *accounts: str, **columns: Any) -> None:
        """Open accounts; they were opened an age ago unless said otherwise."""
        values = {"opened_at": datetime.fromisoformat("2020-01-01T00:00Z"), **columns}
        names = ", ".join(values)
        statement = f"INSERT INTO account (id, {names}) VALUES (:id, {', '.join(f':{name}' for name in values)})"
        with transaction(self.engine) as session:
            for account in accounts:
                session.execute(text(statement), {"id": account, **values})

    def apply(self, *messages: Json) -> None:
        """Let messages about minutes arrive."""
        self.minutes.apply(*messages, now=self.now)

    def create(
        self, campaign: str = "outage", *, segment: Json | None = None, message_id: str | None = None, **data: Any
    ) -> Json:
        """Make a campaign of ten minutes for everyone, and return the answer."""
        given = {
            "campaign_id": campaign,
            "segment": {"is_everyone": True} if segment is None else segment,
            "seconds": 600,
            "reason": "the outage of Tuesday",
            "created_by": "ada",
        }
        return self.hand_in(CampaignCreateRequested, given | data, message_id).answer

    def approve(self, campaign: str = "outage", *, by: str = "grace") -> Json:
        """Approve a campaign."""
        return self.hand_in(CampaignApproveRequested, {"campaign_id": campaign, "approved_by": by}).answer

    def void(self, campaign: str = "outage", *, by: str = "ada") -> Json:
        """Take back what is left of a campaign."""
        data = {"campaign_id": campaign, "voided_by": by, "reason": "a mistake"}
        return self.hand_in(CampaignVoidRequested, data).answer

    def run(self) -> dict[str, int]:
        """Go on with what is to be done, and return what was counted."""
        return {name: count for name, count in run_campaigns(self.context).items() if count}

    def tick(self) -> dict[str, int]:
        """Let the scheduler's tick do so, and return what its run has counted."""
        due.handle(self.context, [self.event(CampaignsRunRequested, {}, DUE)])
        [row] = self.select("SELECT counts FROM due_run ORDER BY id DESC LIMIT 1")
        return {name: count for name, count in row["counts"].items() if count}

    def hand_in(self, model: type[Envelope], data: Mapping[str, Any], message_id: str | None = None) -> Outcome:
        """Let the queue bring a message of an operator, and return what became of it."""
        [outcome] = promotion.handle(self.context, [self.event(model, data, PROMOTION, message_id)])
        return outcome

    def event(self, model: type[Envelope], data: Mapping[str, Any], queue: str, message_id: str | None = None) -> Event:
        """A message as a queue brings it."""
        _, body = write(model, dict(data), at=self.now, message_id=message_id or uuid.uuid4().hex)
        [event] = read(body, queue=queue, hashes_time=False)
        assert not isinstance(event, Unreadable), event
        return event

    def select(self, query: str, **parameters: Any) -> list[Row]:
        """The rows of a query."""
        return self.minutes.select(query, **parameters)

    def campaign(self, campaign: str = "outage") -> Row:
        """The row of a campaign."""
        [row] = self.select("SELECT * FROM campaign WHERE id = :campaign", campaign=campaign)
        return row

    def members(self, campaign: str = "outage") -> set[str]:
        """The accounts that a campaign is for."""
        rows = self.select(
            "SELECT account.id FROM campaign_account JOIN campaign ON campaign.number = campaign"
            " JOIN account ON account.number = account WHERE campaign.id = :campaign",
            campaign=campaign,
        )
        return {row["id"] for row in rows}

    def granted(self) -> dict[str, int]:
        """account -> how many packages it has."""
        rows = self.select(
            "SELECT account.id, count(*) FROM package JOIN account ON account.number = package.account GROUP BY 1"
        )
        return {row["id"]: row["count"] for row in rows}

    def balance(self, account: str) -> Balance:
        """What an account can spend."""
        with reading(self.engine) as session:
            return account_balance(session, account, at=None, now=self.now, policy=self.context.rules.policy)

    def facts(self, kind: str) -> list[Json]:
        """The facts of a kind that wait in the outbox, in order."""
        rows = self.select("SELECT body FROM outbox WHERE routing_key = :key ORDER BY id", key=f"screph.{kind}.v1")
        return [orjson.loads(bytes(row["body"])) for row in rows]

    def accounts(self, count: int) -> Iterable[str]:
        """Open so many accounts at once, and return their ids."""
        with transaction(self.engine) as session:
            session.execute(
                text("INSERT INTO account (id) SELECT 'user-' || number FROM generate_series(1, :count) AS number"),
                {"count": count},
            )
        return [f"user-{number}" for number in range(1, count + 1)]
