"""Workers that are killed on the way, several at once, and a mail server that goes and comes back."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.notices.notice import NoticeKind
from notify.smtp import MailServer
from tests.domain.notices.contents import filled
from tests.doubles.mail_server import serve_mail
from tests.servers.free_ports import ReservedPort
from tests.workers.notices.harness import NoticesHarness

REPOSITORY = Path(__file__).parents[3]
MINUTE = timedelta(minutes=1)
REFUND = filled(NoticeKind.REFUND)


class TestAKilledWorker:
    @pytest.mark.parametrize(("when", "mails"), [("before", 1), ("after", 2)])
    def test_leaves_its_notice_to_the_next_when_its_claim_ends(
        self, harness: NoticesHarness, when: str, mails: int
    ) -> None:
        assert isinstance(harness.channels.mail, MailServer)
        url = harness.engine.url.render_as_string(hide_password=False).replace("+psycopg2", "")
        arguments = [url, str(harness.channels.mail.port), when, harness.account]

        died = subprocess.run(
            [sys.executable, "-m", "tests.workers.notices.dying_sender", *arguments],
            cwd=REPOSITORY,
            check=False,
            timeout=100,
        )
        claimed = harness.tick()
        harness.now += 6 * MINUTE
        counted = harness.tick()

        assert died.returncode == -9
        assert (claimed, counted) == ({}, {"sent": 1})
        assert len(harness.mail.received) == mails
        # Who gets it twice gets the same mail twice.
        assert len({received.message_id for received in harness.mail.received}) == 1
        assert len({str(received.mail["Date"]) for received in harness.mail.received}) == 1
        [delivery] = harness.deliveries()
        assert delivery["attempts"] == 2


class TestSeveralWorkers:
    def test_send_each_due_notice_once(self, harness: NoticesHarness) -> None:
        browser = harness.subscribe()
        server = harness.channels.mail
        harness.push.status = 503
        harness.without_mail()
        for number in range(20):
            harness.owe(NoticeKind.REFUND, REFUND, f"refund-{number}")
        harness.channels = replace(harness.channels, mail=server)
        harness.push.status = 201
        harness.now += 10 * MINUTE

        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda _: harness.tick(), range(4)))

        assert len(harness.mail.received) == 20
        assert len({received.message_id for received in harness.mail.received}) == 20
        assert len(browser.received) == 20
        assert {state for _, state in harness.states()} == {"sent"}


class TestAMailServer:
    def test_that_goes_and_comes_back_gets_everything_once(self, harness: NoticesHarness) -> None:
        reserved = ReservedPort()
        server = MailServer("smtp-plain", "127.0.0.1", reserved.number)
        harness.channels = replace(harness.channels, mail=server)
        with serve_mail(port=reserved.number) as first:
            harness.owe(NoticeKind.REFUND, REFUND, "refund-1")
        for number in (2, 3):
            harness.owe(NoticeKind.REFUND, REFUND, f"refund-{number}")
        harness.now += 6 * MINUTE
        while_away = harness.tick()
        harness.now += 6 * MINUTE
        with serve_mail(port=reserved.number) as second:
            back = harness.tick()
        reserved.release()

        assert len(first.double.received) == 1
        assert while_away == {"waiting": 1} or while_away == {"waiting": 2}
        assert back == {"sent": 2}
        assert len({received.message_id for received in second.double.received}) == 2
