"""How recurring money has moved in a month, and who has left in it."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from domain.statistics.period import Days
from store.engine import Engine
from store.reading import reading
from store.statistics.read.rows import WantedRows, rows_behind
from store.transaction import transaction
from tests.workers.events import DAY
from workers.context import Context
from workers.statistics.count import count_statistics


def change(engine: Engine, statement: str, **values: Any) -> None:
    """Change a row as nobody may outside of a test."""
    with transaction(engine) as session:
        session.execute(text(statement), values)


@dataclass
class Market:
    """Accounts that come, change, leave and come again, and what a month's movements must be."""

    engine: Engine
    random: random.Random
    now: datetime = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    worth: dict[int, int] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)

    def step(self) -> None:
        """Let an account do something."""
        account = self.random.randint(1, 12)
        price = self.random.choice([100, 200, 300])
        live = self.worth.get(account, 0)
        if live and self.random.random() < 0.4:
            by = self.random.choice([("screph-billing", "nobody paid"), ("buyer", None)])
            self.end(account, *by)
            self.worth[account] = 0
            # Of one that was there at the month's start, it is the first to end; the others came within the month.
            self.ended.setdefault(account, by[0])
        elif live:
            sql = "UPDATE subscription SET price_minor = :price WHERE account = :account AND status = 'active'"
            change(self.engine, sql, price=price, account=account)
            self.worth[account] = price
        else:
            self.subscribe(account, price)
            self.worth[account] = price

    def subscribe(self, account: int, price: int) -> None:
        """Let an account subscribe."""
        change(
            self.engine,
            "INSERT INTO subscription (id, account, product, gateway, currency, price_minor, granted_seconds, period,"
            " title, status, anchor_at, period_start, period_end, message_id, created_at)"
            " VALUES (:id, :account, 1, 'stripe', 'EUR', :price, 60, 'month', 'x', 'active', :now, :now,"
            " CAST(:now AS timestamptz) + interval '1 month', 1, :now)",
            id=f"s{self.random.random()}",
            account=account,
            price=price,
            now=self.now,
        )

    def end(self, account: int, by: str, why: str | None) -> None:
        """Let the subscription of an account end."""
        change(
            self.engine,
            "UPDATE subscription SET status = 'cancelled', ended_at = :now, cancelled_by = :by, cancel_reason = :why"
            " WHERE account = :account AND status = 'active'",
            now=self.now,
            by=by,
            why=why,
            account=account,
        )

    def night(self) -> None:
        """Let the next night come."""
        self.now += DAY
        count_statistics(Context(self.engine, clock=lambda: self.now))

    def movements(self, before: Mapping[int, int], seen: set[int]) -> dict[str, int]:
        """Return the movements from a month's start to now."""
        pairs = [(account, before.get(account, 0), self.worth.get(account, 0)) for account in range(1, 13)]
        return {
            "start_minor": sum(then for _, then, _ in pairs),
            "new_minor": sum(now for account, then, now in pairs if not then and account not in seen),
            "reactivation_minor": sum(now for account, then, now in pairs if not then and account in seen),
            "expansion_minor": sum(max(0, now - then) for _, then, now in pairs if then),
            "contraction_minor": sum(then - now for _, then, now in pairs if 0 < now < then),
            "churn_minor": sum(then for _, then, now in pairs if not now),
            "end_minor": sum(now for *_, now in pairs),
            "subscribers": sum(1 for _, then, _ in pairs if then),
            "ended_by_buyer": sum(
                1 for account, then, now in pairs if then and not now and self.ended.get(account) == "buyer"
            ),
            "ended_unpaid": sum(
                1 for account, then, now in pairs if then and not now and self.ended.get(account, "buyer") != "buyer"
            ),
        }


class TestMovements:
    @pytest.mark.parametrize("seed", range(2))
    def test_lead_from_the_start_of_each_month_to_its_end(
        self, subscribers: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Nobody pays here, and the sums of ninety times thirty young days take a minute.
        monkeypatch.setattr("workers.statistics.count.ROLLUPS", ())
        market = Market(subscribers, random.Random(seed))
        with transaction(subscribers) as session:
            session.execute(
                text(
                    "INSERT INTO product (id, kind, granted_seconds, period) VALUES ('p', 'subscription', 60, 'month')"
                )
            )
            for number in range(12):
                session.execute(text("INSERT INTO account (id) VALUES (:id)"), {"id": f"a{number}"})
        expected: dict[date, dict[str, int]] = {}
        before: dict[int, int] = {}
        seen: set[int] = set()
        market.night()
        while market.now.date() < date(2026, 4, 1):
            month = market.now.date().replace(day=1)
            for _ in range(market.random.choice([0, 0, 1, 2])):
                market.step()
            market.night()
            expected[month] = market.movements(before, seen)
            if market.now.date().day == 1:
                before, market.ended = dict(market.worth), {}
                # Who was worth anything at the end of a day was a subscriber; whoever left on the same day was not.
                with transaction(subscribers) as session:
                    seen = set(
                        session.execute(text("SELECT account FROM subscription_value WHERE mrr_minor > 0")).scalars()
                    )

        with transaction(subscribers) as session:
            found = {row["month"]: row for row in session.execute(text("SELECT * FROM month_subscription")).mappings()}

        assert len(found) == 3
        for month, row in found.items():
            assert {name: row[name] for name in expected[month]} == expected[month]
            for figure in ("buyer", "unpaid"):
                wanted = WantedRows(Days(month, row["until"], "UTC"), currency="EUR", figure=figure)
                with reading(subscribers) as session:
                    rows, _ = rows_behind(session, "ended", wanted)
                assert len(rows) == row["ended_by_buyer" if figure == "buyer" else "ended_unpaid"]
        with transaction(subscribers) as session:
            for table in ("subscription", "subscription_value", "day_subscription"):
                session.execute(text(f"DELETE FROM {table}"))


class TestWhoLeft:
    """Three were there when the month began: one leaves, one leaves and comes again, one does not pay; one comes and goes."""

    @pytest.fixture
    def market(self, subscribers: Engine) -> Iterator[Market]:
        """What has become of them on the 20th."""
        market = Market(subscribers, random.Random(1))
        change(
            subscribers,
            "INSERT INTO product (id, kind, granted_seconds, period) VALUES ('p', 'subscription', 60, 'month')",
        )
        for name in ("leaves", "returns", "unpaid", "passes"):
            change(subscribers, "INSERT INTO account (id) VALUES (:id)", id=name)
        for account in (1, 2, 3):
            market.subscribe(account, 100)
        market.night()
        market.now = datetime(2026, 2, 1, 0, 30, tzinfo=UTC)
        market.night()
        market.subscribe(4, 100)
        market.end(1, "buyer", None)
        market.end(2, "buyer", None)
        market.end(3, "screph-billing", "nobody paid")
        market.night()
        market.subscribe(2, 100)
        market.end(4, "buyer", None)
        market.now = datetime(2026, 2, 20, 0, 30, tzinfo=UTC)
        market.night()
        yield market
        for table in ("subscription", "subscription_value", "day_subscription"):
            change(subscribers, f"DELETE FROM {table}")

    def test_has_had_something_and_has_nothing_now(self, market: Market) -> None:
        with transaction(market.engine) as session:
            [row] = session.execute(text("SELECT * FROM month_subscription WHERE month = '2026-02-01'")).mappings()

        assert (row["subscribers"], row["ended_by_buyer"], row["ended_unpaid"]) == (3, 1, 1)
        assert (row["start_minor"], row["churn_minor"], row["end_minor"]) == (300, 200, 100)

    def test_stands_behind_the_number(self, market: Market) -> None:
        days = Days(date(2026, 2, 1), date(2026, 2, 28), "UTC")
        found = {}
        with reading(market.engine) as session:
            for figure in ("buyer", "unpaid"):
                rows, _ = rows_behind(session, "ended", WantedRows(days, currency="EUR", figure=figure))
                found[figure] = [(row.account_id, row.what) for row in rows]

        assert found == {"buyer": [("leaves", "buyer")], "unpaid": [("unpaid", "screph-billing: nobody paid")]}
