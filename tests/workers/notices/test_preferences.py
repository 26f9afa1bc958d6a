"""Preferences: what an account has chosen counts, the newest choice last; browsers come and go."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.notices.notice import NoticeKind
from domain.notices.unsubscribe import UnableToVerify
from tests.domain.notices.contents import filled
from tests.workers.events import NOW, event
from tests.workers.notices.harness import NoticesHarness
from workers.notices.preferences import unsubscribe
from workers.outcome import Result

MINUTE = timedelta(minutes=1)
ENDED = NoticeKind.SUBSCRIPTION_ENDED


def choose(harness: NoticesHarness, *, at: datetime = NOW, **data: Any) -> Result:
    """Let Screph pass on what the account has chosen."""
    message = event("notice.preferences_set_requested", harness.account, data, at=at)
    [result] = harness.minutes.results(message, now=harness.now)
    return result


def wish(kind: str, channel: str, *, is_wanted: bool) -> dict[str, Any]:
    """One choice."""
    return {"kind": kind, "channel": channel, "is_wanted": is_wanted}


class TestWishes:
    def test_of_no_mails_leave_receipts(self, harness: NoticesHarness) -> None:
        choose(harness, wishes=[wish("all", "mail", is_wanted=False)])

        harness.owe(ENDED, filled(ENDED))
        harness.owe(NoticeKind.PURCHASE_RECEIPT, filled(NoticeKind.PURCHASE_RECEIPT))

        assert harness.states() == [("subscription_ended", "dropped"), ("purchase_receipt", "sent")]

    def test_of_one_kind_outweigh_those_of_all(self, harness: NoticesHarness) -> None:
        choose(
            harness, wishes=[wish("all", "mail", is_wanted=False), wish("subscription_ended", "mail", is_wanted=True)]
        )

        harness.owe(ENDED, filled(ENDED))

        assert harness.states() == [("subscription_ended", "sent")]

    def test_that_are_newer_count_in_whatever_order_they_come(self, harness: NoticesHarness) -> None:
        choose(harness, at=NOW, wishes=[wish("all", "mail", is_wanted=True)])
        choose(harness, at=NOW - MINUTE, wishes=[wish("all", "mail", is_wanted=False)])

        harness.owe(ENDED, filled(ENDED))

        assert harness.states() == [("subscription_ended", "sent")]

    def test_of_hours_and_threshold_are_saved(self, harness: NoticesHarness) -> None:
        choose(harness, quiet_from="23:00", quiet_until="06:30", low_balance_seconds=1_800)
        choose(harness, wishes=[])

        row = harness.minutes.row()
        assert (str(row["quiet_from"]), str(row["quiet_until"])) == ("23:00:00", "06:30:00")
        assert row["low_balance_seconds"] == 1_800

    @pytest.mark.parametrize(
        "data",
        [
            {"quiet_from": "23:00"},
            {"quiet_from": "24:00", "quiet_until": "06:00"},
            {"wishes": [wish("birthday", "mail", is_wanted=True)]},
            {"wishes": [wish("all", "pigeon", is_wanted=True)]},
            {"low_balance_seconds": -1},
        ],
    )
    def test_that_make_no_sense_are_rejected(self, harness: NoticesHarness, data: dict[str, Any]) -> None:
        assert choose(harness, **data) is Result.REJECTED

    def test_of_a_closed_account_are_not_saved(self, harness: NoticesHarness) -> None:
        harness.execute("UPDATE account SET closed_at = now() WHERE id = :account")

        result = choose(harness, quiet_from="23:00", quiet_until="06:30", wishes=[wish("all", "mail", is_wanted=False)])

        assert result is Result.APPLIED
        assert harness.minutes.row()["quiet_from"] is None
        assert not harness.count("SELECT count(*) FROM notice_preference")

    def test_from_the_future_are_rejected(self, harness: NoticesHarness) -> None:
        assert choose(harness, at=NOW + timedelta(hours=1), low_balance_seconds=1) is Result.REJECTED


class TestUnsubscribing:
    def test_by_the_link_in_a_mail_ends_that_kind_by_mail(self, harness: NoticesHarness) -> None:
        browser = harness.subscribe()
        harness.owe(ENDED, filled(ENDED), "1")
        link = "".join(str(harness.mail.received[0].mail["List-Unsubscribe"]).split()).strip("<>")
        token = link.rpartition("/")[2]

        said = unsubscribe(harness.context, token)
        harness.owe(ENDED, filled(ENDED), "2")
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND))

        assert (said.account_id, said.kind) == (harness.account, ENDED)
        assert len(harness.mail.received) == 2
        assert len(browser.received) == 3

    def test_twice_is_harmless_and_works_again_after_a_change_of_mind(self, harness: NoticesHarness) -> None:
        harness.owe(ENDED, filled(ENDED), "1")
        token = "".join(str(harness.mail.received[0].mail["List-Unsubscribe"]).split()).strip("<>").rpartition("/")[2]

        unsubscribe(harness.context, token)
        unsubscribe(harness.context, token)
        harness.now += MINUTE
        choose(harness, at=harness.now, wishes=[wish("subscription_ended", "mail", is_wanted=True)])
        harness.owe(ENDED, filled(ENDED), "2")
        harness.now += MINUTE
        unsubscribe(harness.context, token)
        harness.owe(ENDED, filled(ENDED), "3")

        assert len(harness.mail.received) == 2

    def test_by_a_link_of_somebody_else_changes_nothing(self, harness: NoticesHarness) -> None:
        with pytest.raises(UnableToVerify):
            unsubscribe(harness.context, "AAAA")

        assert harness.count("SELECT count(*) FROM notice_preference") == 0


class TestBrowsers:
    def subscribed(self, harness: NoticesHarness, account: str, *, at: datetime = NOW) -> dict[str, Any]:
        """The message by which a browser is subscribed."""
        browser = harness.push.browsers.get("/push/1") or harness.push.subscribe()
        data = {"endpoint": harness.push.url + browser.path, "keys": browser.keys}
        return event("push.subscribed", account, data, at=at)

    def test_that_subscribe_get_notices_and_no_more_afterwards(self, harness: NoticesHarness) -> None:
        message = self.subscribed(harness, harness.account, at=NOW - MINUTE)
        harness.minutes.apply(message)
        harness.owe(ENDED, filled(ENDED), "1")

        harness.minutes.apply(
            event("push.unsubscribed", harness.account, {"endpoint": message["data"]["endpoint"]}, at=NOW)
        )
        harness.owe(ENDED, filled(ENDED), "2")

        assert len(harness.push.browsers["/push/1"].received) == 1

    def test_that_another_person_signs_in_with_are_theirs(self, harness: NoticesHarness) -> None:
        other = f"{harness.account}-2"
        harness.minutes.apply(self.subscribed(harness, harness.account, at=NOW - MINUTE))
        harness.minutes.apply(self.subscribed(harness, other))

        harness.owe(ENDED, filled(ENDED))

        assert harness.push.browsers["/push/1"].received == []
        assert harness.count("SELECT count(*) FROM push_subscription") == 1

    def test_that_were_gone_come_back_with_a_newer_message_alone(self, harness: NoticesHarness) -> None:
        harness.minutes.apply(self.subscribed(harness, harness.account, at=NOW - 2 * MINUTE))
        endpoint = harness.push.url + "/push/1"
        harness.minutes.apply(event("push.unsubscribed", harness.account, {"endpoint": endpoint}, at=NOW - MINUTE))
        harness.minutes.apply(self.subscribed(harness, harness.account, at=NOW))

        assert harness.count("SELECT count(*) FROM push_subscription WHERE gone_at IS NULL") == 1
