"""Accounts that buy and invite each other, at one gateway, and what the queue `promotion` makes of it."""

import random
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from domain.identity import identity_of_card
from messages.envelope import AboutAccount, Envelope
from messages.promotions.programmes import ProgrammeCreateRequested
from messages.promotions.referrals import (
    ReferralAttributionRequested,
    ReferralCodeRequested,
    ReferralTermsSetRequested,
)
from messages.promotions.reminders import BirthdayBonusesRequested, ReferralsQualificationRequested
from messages.queues import DUE, PROMOTION
from messages.read import Event, read
from messages.write import write
from store.engine import Engine
from store.identity import note_identities
from store.minutes.book import lock_account
from store.transaction import transaction
from tests.workers.minutes.harness import Row
from tests.workers.payments.harness import PaymentHarness, fresh_harness
from workers.context import Context
from workers.queues import due, promotion

TERMS = {"referrer_seconds": 1_800, "friend_seconds": 600, "monthly_limit": 2, "window_days": 14}


class Friends:
    """Some accounts of a shared database; time passes for all of them at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.shop = fresh_harness(engine)

    @property
    def context(self) -> Context:
        """What handlers need."""
        return self.shop.context

    def join(self) -> PaymentHarness:
        """One more account, at the same gateway and clock."""
        friend = PaymentHarness(self.engine, self.shop.memory)
        friend.memory, friend.context = self.shop.memory, self.shop.context
        with transaction(self.engine) as session:
            lock_account(session, friend.account)
        return friend

    def pass_days(self, days: float) -> None:
        """Let some days go by."""
        self.shop.offset += timedelta(days=days)

    def hand_in(self, model: type[Envelope], data: Mapping[str, Any], account: str | None = None) -> dict[str, Any]:
        """Let the queue bring a message, and return the answer."""
        [outcome] = promotion.handle(self.context, [self._event(model, data, PROMOTION, account)])
        return outcome.answer

    def remind(self, model: type[Envelope]) -> dict[str, int]:
        """Let the scheduler remind of something, and return what was counted."""
        due.handle(self.context, [self._event(model, {}, DUE, None)])
        [row] = self.select("SELECT counts FROM due_run ORDER BY id DESC LIMIT 1")
        return {name: count for name, count in row["counts"].items() if count}

    def settle(self, chance: random.Random | None = None, *, at_once: int = 1) -> None:
        """
        Let the messages arrive that wait for the queue `promotion`, until there are none.

        Args:
            chance: they come in any order by it, and some of them twice; without it, in theirs.
            at_once: so many are handled at once.
        """
        while rows := self.select("SELECT id, body FROM outbox WHERE routing_key = 'promotion' ORDER BY id"):
            with transaction(self.engine) as session:
                ids = [row["id"] for row in rows]
                session.execute(text("DELETE FROM outbox WHERE id = ANY(:ids)"), {"ids": ids})
            if chance is not None:
                rows = chance.sample(rows, len(rows)) + chance.choices(rows, k=len(rows) // 3)
            with ThreadPoolExecutor(at_once) as pool:
                list(pool.map(self._arrive, [bytes(row["body"]) for row in rows]))

    def promise(self, **terms: Any) -> None:
        """Say what referrals give from now on."""
        self.hand_in(ReferralTermsSetRequested, TERMS | {"created_by": "maria"} | terms)

    def programme(self, trigger: str, **fields: Any) -> str:
        """Make a programme that gives ten minutes, and return its id."""
        programme_id = f"p-{uuid.uuid4().hex[:12]}"
        data = {"programme_id": programme_id, "trigger": trigger, "seconds": 600, "created_by": "maria", **fields}
        assert self.hand_in(ProgrammeCreateRequested, data) == {"programme_id": programme_id}
        return programme_id

    def code_of(self, account: PaymentHarness) -> str:
        """The code by which an account invites."""
        code: str = self.hand_in(ReferralCodeRequested, {}, account.account)["code"]
        return code

    def invite(self, referrer: PaymentHarness, friend: PaymentHarness) -> dict[str, Any]:
        """Let a friend type the referrer's code, and return the answer."""
        code = self.code_of(referrer)
        return self.hand_in(ReferralAttributionRequested, {"code": code.lower()}, friend.account)

    def buy(self, account: PaymentHarness, product: str = "standard") -> str:
        """Let an account buy and pay, with all that follows, and return the order."""
        order_id, _ = account.bought(product)
        self.settle()
        return order_id

    def give_back(self, account: PaymentHarness, order_id: str, minor: int | None = None) -> None:
        """Refund an order, in full unless said otherwise, with all that follows."""
        account.refund(order_id, minor)
        self.shop.hear_all()
        self.settle()

    def qualify(self) -> dict[str, int]:
        """Decide the referrals that are due."""
        return self.remind(ReferralsQualificationRequested)

    def celebrate(self) -> dict[str, int]:
        """Give the bonuses of birthdays."""
        return self.remind(BirthdayBonusesRequested)

    def open_at(self, account: PaymentHarness, moment: datetime) -> None:
        """Let an account have been opened at another moment."""
        with transaction(self.engine) as session:
            changed = text("UPDATE account SET opened_at = :moment WHERE id = :id")
            session.execute(changed, {"moment": moment, "id": account.account})

    def share_card(self, *accounts: PaymentHarness) -> None:
        """Let accounts have been seen with one card."""
        card = identity_of_card(self.shop.memory.name, uuid.uuid4().hex)
        for account in accounts:
            with transaction(self.engine) as session:
                number = lock_account(session, account.account)
                note_identities(session, number, [card], at=self.shop.clock())

    def bonuses(self, account: PaymentHarness) -> list[Row]:
        """The bonus packages of an account, the oldest first."""
        return [row for row in account.minutes.packages() if row["kind"] == "bonus"]

    def left(self, account: PaymentHarness) -> list[int]:
        """What is left in the bonus packages of an account."""
        return [row["left_seconds"] for row in self.bonuses(account)]

    def referral(self, friend: PaymentHarness) -> Row:
        """The referral by which an account came."""
        [row] = self.select(
            "SELECT * FROM referral WHERE friend = (SELECT number FROM account WHERE id = :id)", id=friend.account
        )
        return row

    def programme_row(self, programme_id: str) -> Row:
        """The row of a programme."""
        [row] = self.select("SELECT * FROM programme WHERE id = :id", id=programme_id)
        return row

    def notices(self, account: PaymentHarness) -> Iterable[str]:
        """The kinds of notices that wait for an account, in order."""
        rows = self.select(
            "SELECT convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'kind' AS kind FROM outbox"
            " WHERE routing_key = 'notice' AND convert_from(body, 'UTF8')::jsonb ->> 'subject' = :id ORDER BY id",
            id=account.account,
        )
        return [row["kind"] for row in rows]

    def select(self, query: str, **parameters: Any) -> list[Row]:
        """The rows of a query."""
        return self.shop.minutes.select(query, **parameters)

    def _arrive(self, body: bytes) -> None:
        [event] = read(body, queue=PROMOTION)
        assert isinstance(event, Event), event
        promotion.handle(self.context, [event])

    def _event(self, model: type[Envelope], data: Mapping[str, Any], queue: str, account: str | None) -> Event:
        assert issubclass(model, AboutAccount) == (account is not None)
        _, body = write(model, dict(data), at=self.shop.clock(), subject=account, message_id=uuid.uuid4().hex)
        [event] = read(body, queue=queue)
        assert isinstance(event, Event), event
        return event
