"""The spool of usage: nothing is lost by an end, nothing is booked twice, and what is refused stays with its reason."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from screph_billing_client import Refused, Server, Unreachable, UsageSpool

from tests.clients.breaking import losing_answers
from tests.clients.conftest import QUICK
from tests.servers.waiting import wait_until
from tests.workers.payments.harness import PaymentHarness

CLIENT = Path(__file__).parents[2] / "clients" / "python"

KILLED = """
import os, sys
from screph_billing_client import UsageSpool
spool = UsageSpool(sys.argv[1])
for number in range(50):
    spool.add("u-1", 1, key=f"k-{number}")
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def spool(tmp_path: Path) -> UsageSpool:
    """An empty spool."""
    return UsageSpool(tmp_path / "usage.sqlite")


def left(harness: PaymentHarness) -> int:
    """What the account has left."""
    return harness.minutes.balance(now=harness.clock()).available_seconds


class TestTheSpool:
    def test_keeps_what_was_added_when_its_program_is_killed(self, tmp_path: Path) -> None:
        file = tmp_path / "usage.sqlite"

        ended = subprocess.run([sys.executable, "-c", KILLED, str(file)], cwd=CLIENT, check=False)

        assert ended.returncode == -9
        assert [report.key for report in UsageSpool(file).waiting()] == [f"k-{number}" for number in range(50)]

    def test_sends_each_once_and_then_has_none(
        self, spool: UsageSpool, server: Server, harness: PaymentHarness
    ) -> None:
        for _ in range(3):
            spool.add(harness.account, 30)

        assert (spool.send(server), spool.send(server)) == (3, 0)
        assert spool.waiting() == []
        assert left(harness) == 510

    def test_takes_the_same_key_once(self, spool: UsageSpool) -> None:
        assert spool.add("u-1", 30, key="call-1") == spool.add("u-1", 30, key="call-1") == "call-1"

        assert len(spool.waiting()) == 1

    def test_books_once_what_two_programs_send(
        self, spool: UsageSpool, tmp_path: Path, server: Server, harness: PaymentHarness
    ) -> None:
        other = UsageSpool(tmp_path / "copy.sqlite")
        spool.add(harness.account, 30, key="call-1", occurred_at=harness.clock())
        [report] = spool.waiting()
        other.add(harness.account, 30, key="call-1", occurred_at=report.occurred_at)

        spool.send(server)
        other.send(server)

        assert left(harness) == 570

    def test_keeps_what_cannot_be_sent_and_sends_it_later(
        self, spool: UsageSpool, server_token: str, api_url: str, harness: PaymentHarness
    ) -> None:
        spool.add(harness.account, 30)
        with losing_answers(api_url) as between, Server(server_token, address=between.address, retries=QUICK) as server:
            between.losses = QUICK.attempts
            with pytest.raises(Unreachable):
                spool.send(server)
            assert len(spool.waiting()) == 1

            assert spool.send(server) == 1

        assert left(harness) == 570

    def test_puts_apart_what_is_never_booked(self, spool: UsageSpool, server: Server, harness: PaymentHarness) -> None:
        spool.add(harness.account, 30, key="future", occurred_at=harness.clock() + timedelta(days=1))
        spool.add(harness.account, 30)

        assert spool.send(server) == 1

        [refused] = spool.refused()
        assert refused.key == "future"
        assert "from_the_future" in (refused.refused or "")
        assert left(harness) == 570

    def test_waits_where_the_token_is_refused(self, spool: UsageSpool, api_url: str) -> None:
        spool.add("u-1", 30)
        with Server("scr_s_wrong", address=api_url, retries=QUICK) as server, pytest.raises(Refused):
            spool.send(server)

        assert len(spool.waiting()) == 1

    def test_is_sent_by_a_thread(self, spool: UsageSpool, server: Server, harness: PaymentHarness) -> None:
        with spool.sending(server):
            spool.add(harness.account, 30)

            wait_until(lambda: spool.waiting() == [], "it is sent", limit_s=10)

        assert left(harness) == 570
