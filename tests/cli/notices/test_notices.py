"""`billing notices`: what accounts were to hear of is listed, shown and sent once more."""

from collections.abc import Iterator

import pytest

from domain.notices.notice import NoticeKind
from notify.push import PushChannel
from tests.domain.notices.contents import filled
from tests.doubles.push_service import CONTACT, new_private_key
from tests.journeys.billing import Billing
from tests.workers.notices.harness import NoticesHarness, open_harness


@pytest.fixture
def harness(database_url: str) -> Iterator[NoticesHarness]:
    """An account that has heard of two refunds, and could not be told of a third."""
    with open_harness(database_url) as opened:
        for number in (1, 2):
            opened.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), f"refund-{number}")
        opened.mail.answers["DATA"] = "554 5.6.0 this looks like spam"
        opened.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "refund-3")
        opened.mail.answers.clear()
        yield opened


class TestNotices:
    def test_are_listed_page_by_page(self, harness: NoticesHarness, alone: Billing) -> None:
        first = alone.json("notices", "list", "--account", harness.account, "--limit", "2")
        second = alone.json("notices", "list", "--account", harness.account, "--cursor", first["next_cursor"])
        failed = alone.json("notices", "list", "--state", "failed")
        table = alone("notices", "list")

        lines = [*first["notices"], *second["notices"]]
        assert [line["subject"] for line in lines] == ["refund-3", "refund-2", "refund-1"]
        assert [line["state"] for line in lines] == ["failed", "sent", "sent"]
        assert second["next_cursor"] is None
        assert [line["subject"] for line in failed["notices"]] == ["refund-3"]
        assert table.returncode == 0
        assert "Notices: 3" in table.stdout

    def test_are_shown_with_their_deliveries(self, harness: NoticesHarness, alone: Billing) -> None:
        [failed] = alone.json("notices", "list", "--state", "failed")["notices"]

        shown = alone.json("notices", "show", str(failed["id"]))
        page = alone("notices", "show", str(failed["id"]))

        [delivery] = shown["deliveries"]
        assert delivery["last_error"] == "554 5.6.0 this looks like spam"
        assert shown["notice"]["content"]["refund_id"] == "some-text"
        assert "spam" in page.stdout

    def test_are_sent_once_more_as_the_same_mail(self, harness: NoticesHarness, alone: Billing) -> None:
        sent = harness.notices()[0]["id"]
        failed = harness.notices()[2]["id"]

        printed = alone("notices", "resend", str(sent))
        answer = alone.json("notices", "resend", str(failed))
        harness.now = harness.now.max.replace(year=2999, tzinfo=harness.now.tzinfo)
        counted = harness.tick()

        assert printed.returncode == 0
        assert answer == {"id": failed, "state": "waiting"}
        assert counted == {"sent": 2}
        ids = [received.message_id for received in harness.mail.received]
        assert len(ids) == 4
        assert len(set(ids)) == 3

    def test_by_web_push_need_the_public_key_in_the_page(self, database_url: str) -> None:
        key = new_private_key()
        with_key = Billing({"DATABASE_URL": database_url, "VAPID_PRIVATE_KEY": key, "VAPID_CONTACT": CONTACT})
        nobody = Billing({"DATABASE_URL": database_url, "VAPID_PRIVATE_KEY": key, "VAPID_CONTACT": "root@localhost"})

        shown = with_key("notices", "push-key")

        assert shown.stdout.strip() == PushChannel(private_key=key, contact=CONTACT, hosts=[]).public_key
        assert "VAPID_CONTACT" in nobody("notices", "push-key").stderr
        assert "VAPID_PRIVATE_KEY" in Billing({"DATABASE_URL": database_url})("notices", "push-key").stderr

    @pytest.mark.parametrize("words", [("show", "4711"), ("resend", "4711"), ("list", "--cursor", "x")])
    def test_that_are_not_there_are_said_not_to_be(self, alone: Billing, words: tuple[str, ...]) -> None:
        done = alone("notices", *words)

        assert done.returncode == 2
        assert "Traceback" not in done.stderr
