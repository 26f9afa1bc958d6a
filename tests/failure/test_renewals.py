"""Workers and schedulers that are killed again and again while renewals are charged at a slow gateway."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from boot.clock import ShiftedClock, move_clock
from gateways.sandbox import open_gateway
from gateways.settings import GatewaySettings
from messages.queues import FACTS
from store.audit.run import audit
from store.engine import Engine, open_engine
from tests.doubles.faults import Fault, Planned
from tests.doubles.sandbox.double import SandboxDouble
from tests.failure.installation import Installation
from tests.failure.supervisor import Supervised
from tests.servers.waiting import UnableToWait, wait_until
from tests.workers.subscriptions.harness import SubscriptionHarness

BUYERS = 36
PRICE_MINOR = 2_900
KILLS = 3
CALLS_IN_EACH_LIFE = 5
"""So many more calls have come to the gateway when a worker is killed; some of them were not answered yet."""

ANSWERS_AFTER_S = 0.4
AT_ONCE = 4

SUBSCRIBED_BEFORE = timedelta(hours=21)
"""A day's period that began then may be renewed since three hours, and goes on for three more."""

UNTIL_LOOKED_AT = timedelta(minutes=16)
"""After that the product asks again what became of a charge that it has heard nothing of."""

SCHEDULER = ("tests.failure.year.hurried_scheduler",)
LIMIT_S = 60


class TestProcessesKilledWhileRenewalsAreCharged:
    def test_each_period_is_paid_once_and_told_once(self, installation: Installation, clock_file: Path) -> None:
        engine = open_engine(installation.database_url)
        with _gateway(clock_file) as double:
            for _ in range(BUYERS):
                _subscribe(engine, double)
            settings = _settings(double, clock_file)
            worker = installation.start("worker", settings=settings)
            installation.start("relay", settings=settings)
            scheduler = installation.start("scheduler", command=SCHEDULER, settings=settings)

            for _ in range(KILLS):
                _wait_for_calls(double, clock_file)
                worker.kill()
                scheduler.kill()
            unanswered = _column(installation, "SELECT id FROM orders WHERE status = 'pending'")
            _let_time_pass_until_all_is_paid(installation, worker, clock_file)
            _wait_until_all_has_left(installation)

            assert double.books() == {"RUB": (2 * BUYERS * PRICE_MINOR, 0)}
            # Some calls were cut off by a kill, and came again with their keys.
            assert unanswered
            assert double.count("charge") > BUYERS
            found = audit(engine)
            engine.dispose()
        _assert_once(installation)
        assert (worker.starts, scheduler.starts) == (1 + KILLS, 1 + KILLS)
        assert [finding.invariant.name for finding in found.checks if not finding.holds] == []


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    """What `BILLING_CLOCK` names; nothing is shifted yet."""
    return tmp_path / "clock"


@contextmanager
def _gateway(clock_file: Path) -> Iterator[SandboxDouble]:
    """The sandbox, which takes the money at once, answers late, and sends no webhooks that would tell."""
    with SandboxDouble() as double:
        double.state.clock = ShiftedClock(clock_file)
        slow = Planned(Fault.SLOW, seconds=ANSWERS_AFTER_S)
        double.faults.by_chance = lambda operation: slow if operation == "charge" else None
        yield double


def _subscribe(engine: Engine, double: SandboxDouble) -> None:
    """Let somebody have subscribed whose renewal is due now."""
    harness = SubscriptionHarness(engine, open_gateway(GatewaySettings("SANDBOX_", double.settings())), None)
    harness.double, harness.offset = double, -SUBSCRIBED_BEFORE
    harness.subscribed("daily")


def _settings(double: SandboxDouble, clock_file: Path) -> dict[str, str]:
    own = {f"SANDBOX_{name}": value for name, value in double.settings().items()}
    ours = {"BILLING_CLOCK": str(clock_file), "RENEWAL_THREADS": str(AT_ONCE)}
    return {"GATEWAYS": "sandbox", "ENVIRONMENT": "development"} | ours | own


def _wait_for_calls(double: SandboxDouble, clock_file: Path) -> None:
    """Return when some more calls have come; what a kill has cut off is asked for again when its time has come."""
    wanted = double.count("charge") + CALLS_IN_EACH_LIFE
    move_clock(clock_file, UNTIL_LOOKED_AT)
    wait_until(lambda: double.count("charge") >= wanted, f"{wanted} charges were asked for", limit_s=LIMIT_S)


def _let_time_pass_until_all_is_paid(installation: Installation, worker: Supervised, clock_file: Path) -> None:
    for _ in range(5):
        worker.wait_until_ready()
        move_clock(clock_file, UNTIL_LOOKED_AT)
        try:
            wait_until(lambda: _paid(installation) == BUYERS, "every renewal is paid", limit_s=LIMIT_S / 4)
        except UnableToWait:
            continue
        return
    raise AssertionError(f"{_paid(installation)} of {BUYERS} renewals are paid")


def _wait_until_all_has_left(installation: Installation) -> None:
    """Return when every message was relayed and every notice is written down."""
    wait_until(lambda: not installation.witness.waiting_to_leave(), "all messages have left", limit_s=LIMIT_S)
    told = "SELECT 1 FROM notice WHERE kind = 'renewed'"
    wait_until(lambda: len(_column(installation, told)) >= BUYERS, "every notice is owed", limit_s=LIMIT_S)


def _assert_once(installation: Installation) -> None:
    """Check that each account has one renewal, its package, its fact and its notice, and nothing is left to review."""
    orders = installation.witness.select("SELECT kind, status, needs_review, count(*) FROM orders GROUP BY 1, 2, 3")
    assert sorted(orders) == [("first", "paid", False, BUYERS), ("renewal", "paid", False, BUYERS)]
    renewals = "SELECT account, count(*) FROM orders WHERE kind = 'renewal' GROUP BY account"
    assert [count for _, count in installation.witness.select(renewals)] == [1] * BUYERS
    packages = "SELECT account, count(*), sum(granted_seconds) FROM package GROUP BY account"
    assert [row[1:] for row in installation.witness.select(packages)] == [(2, 1_200)] * BUYERS
    facts = [orjson.loads(body) for _, body in installation.witness.sent(FACTS)]
    renewed = Counter(fact["subject"] for fact in facts if fact["type"] == "screph.subscription.renewed.v1")
    assert sorted(renewed.values()) == [1] * BUYERS
    notices = "SELECT account, count(*) FROM notice WHERE kind = 'renewed' GROUP BY account"
    assert [count for _, count in installation.witness.select(notices)] == [1] * BUYERS
    assert _column(installation, "SELECT reason FROM dead_letter") == []


def _paid(installation: Installation) -> int:
    return len(_column(installation, "SELECT id FROM orders WHERE kind = 'renewal' AND status = 'paid'"))


def _column(installation: Installation, query: str) -> list[Any]:
    return [value for (value,) in installation.witness.select(query)]
