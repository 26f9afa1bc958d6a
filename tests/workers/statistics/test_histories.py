"""
Random histories of usage, corrections and counting: whatever comes late, crashes or is counted by two at once, every
sum is the sum over the ledger, counting again changes nothing, and the zone may change.
"""

import random
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as listen

from store.audit.run import audit
from tests.workers.events import DAY, HOUR, MINUTE, NOW, grant, reversal, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context
from workers.outcome import Result
from workers.statistics.count import count_statistics
from workers.statistics.recount import recount

ZONES = ("UTC", "Europe/Moscow", "Asia/Kathmandu", "America/New_York")


class Crash(Exception):
    """The worker dies right before a commit."""


@dataclass
class History:
    """A random life of some accounts, which goes on by steps."""

    harness: MinutesHarness
    random: random.Random
    now: datetime = NOW
    zone: str = "UTC"
    accounts: list[MinutesHarness] = field(default_factory=list)
    used: list[tuple[MinutesHarness, str]] = field(default_factory=list)

    @property
    def context(self) -> Context:
        """What a worker has now."""
        return Context(self.harness.engine, clock=lambda: self.now, business_zone=self.zone)

    def live(self, steps: int) -> None:
        """Take some steps."""
        self.accounts = [replace(self.harness, account=f"account-{number}") for number in range(4)]
        for _ in range(steps):
            step = self.random.choices(
                [
                    self.use,
                    self.ask,
                    self.give,
                    self.take_back,
                    self.wait,
                    self.count,
                    self.count_twice,
                    self.crash,
                    self.commit_late,
                ],
                weights=[8, 2, 2, 3, 6, 2, 1, 1, 1],
            )[0]
            step()

    def use(self) -> None:
        """Report usage, perhaps of days ago."""
        account = self.random.choice(self.accounts)
        ago = self.random.choice([timedelta(), MINUTE, HOUR, 30 * HOUR, 80 * HOUR])
        reported = usage(account.account, self.random.randint(1, 900), at=self.now - ago)
        assert account.results(reported, now=self.now) == [Result.APPLIED]
        self.used.append((account, reported["id"]))

    def ask(self) -> None:
        """Ask for minutes, which are refused where there are none."""
        account = self.random.choice(self.accounts)
        account.apply(spend(account.account, self.random.randint(1, 300), at=self.now), now=self.now)

    def give(self) -> None:
        """Grant a package, some of which end soon."""
        account = self.random.choice(self.accounts)
        kind = self.random.choice(["purchased", "promo", "bonus"])
        ends = self.random.choice([None, self.now + HOUR, self.now + 5 * DAY])
        granted = grant(account.account, 600, kind=kind, activated_at=self.now, expires_at=ends, at=self.now)
        account.apply(granted, now=self.now)

    def take_back(self) -> None:
        """Reverse a usage; twice is refused."""
        if self.used:
            account, usage_id = self.random.choice(self.used)
            our_fault = self.random.random() < 0.3
            account.apply(reversal(account.account, usage_id, our_fault=our_fault, at=self.now), now=self.now)

    def wait(self) -> None:
        """Let time pass."""
        self.now += self.random.choice([MINUTE, 10 * MINUTE, 40 * MINUTE, 7 * HOUR])

    def count(self) -> None:
        """Count, as one worker does."""
        count_statistics(self.context)

    def count_twice(self) -> None:
        """Count, as two workers do at the same time."""
        threads = [threading.Thread(target=count_statistics, args=(self.context,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    def crash(self) -> None:
        """Count, and die before one of the commits."""
        left = self.random.randint(1, 4)

        def die(_: Any) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise Crash

        listen.listen(self.harness.engine, "commit", die)
        try:
            count_statistics(self.context)
        except Crash:
            # The connection dies with its worker; the pool would hand it on with the transaction open.
            self.harness.engine.dispose()
        finally:
            listen.remove(self.harness.engine, "commit", die)

    def commit_late(self) -> None:
        """Let a usage commit after another one that began later, and after a count that came between them."""
        slow, quick = self.random.sample(self.accounts, 2)
        reported = usage(slow.account, self.random.randint(1, 900), at=self.now)
        waits, goes_on = threading.Event(), threading.Event()
        late = threading.Thread(target=slow.results, args=(reported,), kwargs={"now": self.now})

        def wait(_: Any) -> None:
            if threading.current_thread() is late:
                waits.set()
                assert goes_on.wait(30)

        listen.listen(self.harness.engine, "commit", wait)
        try:
            late.start()
            assert waits.wait(30)
            quick.results(usage(quick.account, self.random.randint(1, 900), at=self.now), now=self.now)
            self.count()
        finally:
            goes_on.set()
            late.join(30)
            listen.remove(self.harness.engine, "commit", wait)
        self.used.append((slow, reported["id"]))

    def assert_sums(self) -> None:
        """Prove every invariant, also in the end when nothing is left to be counted."""
        broken = [(check.invariant.name, check.rows) for check in audit(self.harness.engine).checks if not check.holds]
        assert broken == []


@pytest.mark.parametrize("seed", range(6))
def test_every_sum_is_the_sum_over_the_ledger(own_harness: MinutesHarness, seed: int) -> None:
    history = History(own_harness, random.Random(seed), zone=ZONES[seed % len(ZONES)])

    for _ in range(4):
        history.live(25)
        history.assert_sums()
    history.now += 2 * DAY
    history.count()

    history.assert_sums()
    lines = own_harness.select("SELECT count(*) AS n FROM entry")[0]["n"]
    assert own_harness.select("SELECT sum(lines) AS n FROM bucket_minutes")[0]["n"] == lines > 0
    days = own_harness.select("SELECT min(day) AS first, max(day) AS last FROM account_day")[0]
    assert recount(history.context, days["first"], days["last"]) == []

    # Another zone wants no recount: the sums by quarter stay, and days are counted again by themselves.
    buckets = own_harness.select("SELECT * FROM bucket_minutes ORDER BY 1, 2, 3, 4, 5")
    history.zone = ZONES[(seed + 1) % len(ZONES)]
    history.count()
    history.assert_sums()
    assert own_harness.select("SELECT * FROM bucket_minutes ORDER BY 1, 2, 3, 4, 5") == buckets
    assert own_harness.select("SELECT zone FROM statistics_state") == [{"zone": history.zone}]
    used = own_harness.select("SELECT sum(used_seconds) AS n FROM usage WHERE reversed_by IS NULL")[0]["n"]
    assert own_harness.select("SELECT sum(seconds) AS n FROM account_day")[0]["n"] == used
