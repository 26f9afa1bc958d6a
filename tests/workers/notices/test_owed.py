"""What is owed is written once and sent once, whatever is repeated."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from domain.notices.content import LowBalance
from domain.notices.notice import NoticeKind
from messages.errors import MessageRejected
from messages.notices.reminders import NoticeOwed
from tests.domain.notices.contents import filled
from tests.workers.events import DAY, HOUR, NOW
from tests.workers.notices.harness import NoticesHarness
from workers.queues import notice

RECEIPT = filled(NoticeKind.PURCHASE_RECEIPT)


class TestOwed:
    def test_is_sent_at_once(self, harness: NoticesHarness) -> None:
        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)

        [received] = harness.mail.received
        assert received.to == harness.email
        assert harness.states() == [("purchase_receipt", "sent")]
        [delivery] = harness.deliveries()
        assert delivery["state"] == "sent"
        assert delivery["message_id"] == received.message_id

    def test_twice_is_one(self, harness: NoticesHarness) -> None:
        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)
        harness.owe(NoticeKind.PURCHASE_RECEIPT, replace(RECEIPT, title="another"))  # type: ignore[type-var]
        harness.tick()

        assert len(harness.mail.received) == 1
        assert harness.states() == [("purchase_receipt", "sent")]

    def test_about_two_subjects_is_two(self, harness: NoticesHarness) -> None:
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "refund-1")
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "refund-2")

        assert len({received.message_id for received in harness.mail.received}) == 2

    def test_by_ten_workers_at_once_is_one(self, harness: NoticesHarness) -> None:
        with ThreadPoolExecutor(10) as workers:
            list(workers.map(lambda _: harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT), range(10)))

        assert len(harness.mail.received) == 1
        assert harness.states() == [("purchase_receipt", "sent")]

    def test_for_later_waits_for_its_moment(self, harness: NoticesHarness) -> None:
        # It is charged six hours before its period ends.
        harness.subscription(period_end=NOW + 3 * DAY + 6 * HOUR)
        harness.owe(NoticeKind.RENEWAL_COMING, _coming(), not_before=NOW + DAY)
        harness.now = NOW + DAY - HOUR
        before = harness.tick()
        harness.now = NOW + DAY

        assert before == {}
        assert harness.tick() == {"sent": 1}
        assert len(harness.mail.received) == 1

    def test_that_does_not_say_what_its_kind_says_is_rejected(self, harness: NoticesHarness) -> None:
        wrong = LowBalance(available_seconds=1, threshold_seconds=2)

        with pytest.raises(MessageRejected, match="purchase_receipt lacks order_id"):
            harness.owe(NoticeKind.PURCHASE_RECEIPT, wrong)

        assert harness.notices() == []

    def test_to_an_account_without_an_address_is_dropped(self, harness: NoticesHarness) -> None:
        harness.execute("UPDATE account SET email = NULL WHERE id = :account")

        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)

        [row] = harness.notices()
        assert (row["state"], row["reason"]) == ("dropped", "no address is known")

    def test_to_an_account_that_nobody_knows_leaves_nothing(self, harness: NoticesHarness) -> None:
        data = {"kind": "low_balance", "subject": "1", "content": {"available_seconds": 1, "threshold_seconds": 2}}
        event = harness._event(NoticeOwed, data, subject="nobody")

        notice.handle(harness.context, [event])

        assert harness.count("SELECT count(*) FROM notice") == 0

    def test_goes_by_mail_and_to_every_browser(self, harness: NoticesHarness) -> None:
        browsers = [harness.subscribe(), harness.subscribe()]

        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)

        assert harness.push.faults == []
        assert len(harness.mail.received) == 1
        assert [len(browser.received) for browser in browsers] == [1, 1]
        said = browsers[0].received[0]
        assert said["title"] == str(harness.mail.received[0].mail["Subject"])
        assert said["url"].startswith("https://portal.example")
        assert harness.states() == [("purchase_receipt", "sent")]


def _coming() -> object:
    return replace(filled(NoticeKind.RENEWAL_COMING), charged_at=NOW + 3 * DAY)  # type: ignore[type-var]
