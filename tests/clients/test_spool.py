"""The spool of usage: nothing is lost by an end, nothing is booked twice, and what is refused stays with its reason."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from screph_billing_client import Refused, Server, Unreachable, UsageSpool

from tests.clients.breaking import answering, losing_answers
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

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (200, "<h1>Log in to the network</h1>", "text/html"),
            (200, "{}", "application/json"),
            (201, "[]", "application/json"),
            (302, "", "text/html"),
            (403, "<h1>Blocked</h1>", "text/html"),
            (404, "<h1>Not found</h1>", "text/html"),
            (413, "<h1>Too large</h1>", "text/html"),
            (422, "{}", "application/json"),
            (405, '{"code": "method_not_allowed"}', "application/problem+json"),
            (404, '{"code": "not_found"}', "application/problem+json"),
            (408, '{"code": "request_timeout"}', "application/problem+json"),
        ],
    )
    def test_waits_where_somebody_else_answers_or_the_address_is_wrong(
        self, spool: UsageSpool, status: int, body: str, kind: str
    ) -> None:
        spool.add("u-1", 30)
        with (
            answering(status, body, kind) as it,
            Server("scr_s_x", address=it.address, retries=QUICK) as server,
            pytest.raises((Unreachable, Refused)),
        ):
            spool.send(server)

        assert it.asked
        assert (len(spool.waiting()), spool.refused()) == (1, [])

    def test_is_sent_by_a_thread_that_outlives_whatever_answers(
        self, spool: UsageSpool, server: Server, harness: PaymentHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("screph_billing_client.spool.AWAY_SECONDS", 0.05)
        spool.add(harness.account, 30)
        with answering(200, "<h1>Log in to the network</h1>") as it, Server("scr_s_x", address=it.address) as wrong:
            with spool.sending(wrong):
                wait_until(lambda: len(it.asked) > 1, "it is asked again", limit_s=20)
            assert len(spool.waiting()) == 1

        with spool.sending(server):
            wait_until(lambda: spool.waiting() == [], "it is sent", limit_s=10)

        assert left(harness) == 570

    def test_ends_with_its_block_however_much_waits(self, spool: UsageSpool) -> None:
        for number in range(30):
            spool.add("u-1", 1, key=f"k-{number}")
        booked = '{"id": "x", "account_id": "u-1", "source": "api"}'
        with answering(201, booked, "application/json") as it, Server("scr_s_x", address=it.address) as slow:
            post, slow._calls.post = slow._calls.post, None  # type: ignore[assignment]

            def post_slowly(*arguments: object, **more: object) -> object:
                time.sleep(0.3)
                return post(*arguments, **more)  # type: ignore[arg-type]

            slow._calls.post = post_slowly  # type: ignore[assignment]
            with spool.sending(slow):
                wait_until(lambda: it.asked, "it has begun", limit_s=10)
                began = time.monotonic()
            waited = time.monotonic() - began

        assert waited < 3
        assert 0 < len(spool.waiting(limit=100)) < 30

    @pytest.mark.parametrize(
        ("wrong", "why"),
        [
            ({"seconds": 0}, "whole number above 0"),
            ({"seconds": -1}, "whole number above 0"),
            ({"seconds": 1.5}, "whole number above 0"),
            ({"seconds": True}, "whole number above 0"),
            ({"account_id": ""}, "account_id is empty"),
            ({"key": "ключ"}, "printable ASCII"),
            ({"key": " "}, "printable ASCII"),
            ({"key": "x" * 256}, "printable ASCII"),
            ({"occurred_at": datetime(2026, 11, 28, 9, tzinfo=UTC).replace(tzinfo=None)}, "without a zone"),
        ],
    )
    def test_takes_nothing_that_can_never_be_booked(
        self, spool: UsageSpool, wrong: dict[str, object], why: str
    ) -> None:
        usage = {"account_id": "u-1", "seconds": 30, "occurred_at": datetime(2026, 11, 28, 9, tzinfo=UTC)} | wrong

        with pytest.raises(ValueError, match=why):
            spool.add(**usage)  # type: ignore[arg-type]

        assert spool.waiting() == []

    def test_sends_or_drops_what_was_refused_as_a_person_decides(
        self, spool: UsageSpool, server: Server, harness: PaymentHarness
    ) -> None:
        for key in ("one", "two"):
            spool.add(harness.account, 30, key=key, occurred_at=harness.clock() + timedelta(hours=1))
        spool.add(harness.account, 30, key="waits")
        spool.forget("waits")
        assert spool.send(server) == 1

        harness.offset += timedelta(hours=2)
        spool.again("one")
        spool.forget("two")

        assert (spool.send(server), spool.refused(), spool.waiting()) == (1, [], [])
        assert left(harness) == 540
