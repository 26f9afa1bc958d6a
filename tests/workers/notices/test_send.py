"""Sending: what is delayed comes later, what is refused stays refused, and nothing is sent twice."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.notices.json_form import json_of
from domain.notices.notice import NoticeKind
from store.audit.run import audit
from tests.domain.notices.contents import filled
from tests.workers.events import DAY, HOUR, NOW
from tests.workers.notices.harness import NoticesHarness, open_harness

MINUTE = timedelta(minutes=1)
RECEIPT = filled(NoticeKind.PURCHASE_RECEIPT)
REFUND_JSON = json.dumps(json_of(filled(NoticeKind.REFUND)))


class TestDelays:
    def test_of_the_address_are_tried_again_after_longer_and_longer_pauses(self, harness: NoticesHarness) -> None:
        harness.mail.answers["RCPT"] = "450 4.2.0 greylisted"
        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)
        for minutes in (1, 5, 15):
            [delivery] = harness.deliveries()
            assert delivery["next_attempt_at"] == harness.now + minutes * MINUTE
            harness.now = delivery["next_attempt_at"]
            assert harness.tick() == {"waiting": 1}

        harness.mail.answers.clear()
        harness.now += HOUR
        assert harness.tick() == {"sent": 1}
        [delivery] = harness.deliveries()
        assert delivery["attempts"] == 5
        assert len(harness.mail.received) == 1

    def test_that_never_end_fail_after_some_days(self, harness: NoticesHarness) -> None:
        harness.mail.answers["RCPT"] = "450 4.2.0 greylisted"
        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)
        while harness.states() == [("purchase_receipt", "waiting")]:
            [row] = harness.notices()
            harness.now = row["due_at"]
            harness.tick()

        [row] = harness.notices()
        assert row["state"] == "failed"
        assert "greylisted" in row["reason"]
        assert 3 * DAY < harness.now - NOW < 5 * DAY

    def test_of_a_server_that_is_away_count_nothing_and_end_with_it(self, harness: NoticesHarness) -> None:
        server = harness.channels.mail
        harness.without_mail()
        for number in range(3):
            harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), f"refund-{number}")
        for _ in range(20):
            harness.now += 6 * HOUR
            harness.tick()

        assert {row["attempts"] for row in harness.deliveries()} == {0}
        harness.channels = replace(harness.channels, mail=server)
        harness.now += 6 * HOUR
        assert harness.tick() == {"sent": 3}
        assert len(harness.mail.received) == 3

    def test_of_a_server_that_is_away_for_days_are_no_fault_of_the_runs(self, harness: NoticesHarness) -> None:
        server = harness.channels.mail
        harness.channels = replace(harness.channels, push=None)
        harness.without_mail()
        for number in range(3):
            harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), f"refund-{number}")
        for _ in range(3):
            # One tries the server; the others would find the same.
            harness.now += 2 * DAY
            assert harness.tick() == {"waiting": 1, "cut_off": 1}

        assert never_tried(harness) == []
        harness.channels = replace(harness.channels, mail=server)
        harness.now += HOUR
        assert harness.tick() == {"sent": 3}
        assert never_tried(harness) == []

    def test_of_a_notice_that_a_whole_run_has_passed_by_are_found(self, harness: NoticesHarness) -> None:
        harness.channels = replace(harness.channels, mail=None)
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND))
        assert harness.tick() == {}
        harness.execute("UPDATE notice SET due_at = due_at - interval '2 days'")

        assert len(never_tried(harness)) == 1
        assert harness.tick() == {"waiting": 1}
        assert never_tried(harness) == []

    def test_of_the_mail_do_not_hold_up_the_push(self, harness: NoticesHarness) -> None:
        browser = harness.subscribe()
        harness.without_mail()

        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)

        assert len(browser.received) == 1
        assert harness.states() == [("purchase_receipt", "waiting")]

    def test_of_everything_end_with_each_notice_sent_once(self, harness: NoticesHarness) -> None:
        server, browser = harness.channels.mail, harness.subscribe()
        harness.without_mail()
        harness.push.status = 503
        for number in range(5):
            harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), f"refund-{number}")
        harness.now += HOUR
        harness.tick()
        harness.channels = replace(harness.channels, mail=server)
        harness.push.status = 201
        harness.now += HOUR

        assert harness.tick() == {"sent": 5}
        assert harness.tick() == {}
        assert len({received.message_id for received in harness.mail.received}) == 5
        assert len(harness.mail.received) == 5
        assert len(browser.received) == 5

    def test_of_a_server_are_remembered_so_that_not_every_notice_waits_for_it(self, harness: NoticesHarness) -> None:
        server = harness.channels.mail
        harness.without_mail()
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "1")
        harness.channels = replace(harness.channels, mail=server)
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "2")
        not_tried = len(harness.mail.received)
        harness.now += MINUTE
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "3")

        assert not_tried == 0
        assert [state for _, state in harness.states()] == ["waiting", "waiting", "sent"]
        assert harness.tick() == {"sent": 1}
        harness.now += 5 * MINUTE
        assert harness.tick() == {"sent": 1}

    def test_of_one_mail_that_breaks_the_server_do_not_block_the_others(self, harness: NoticesHarness) -> None:
        browser = harness.subscribe()
        harness.without_mail()
        for number in range(3):
            harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), f"refund-{number}")
        first, *rest = harness.notices()
        tried = {row["notice"]: row["next_attempt_at"] for row in harness.deliveries() if row["channel"] == "mail"}

        assert all(tried[first["id"]] > tried[row["id"]] for row in rest)
        assert len(browser.received) == 3


class TestBugs:
    def test_of_one_notice_let_it_rest_and_the_others_go_out(self, harness: NoticesHarness) -> None:
        broken = self.wait_and_break(harness, "content = '{}'")

        assert harness.tick() == {"sent": 2, "waiting": 1}
        assert harness.tick() == {}
        assert harness.notices()[0]["due_at"] == harness.now + DAY
        assert len(harness.mail.received) == 2

        # The next release can read it.
        harness.execute("UPDATE notice SET content = :content WHERE id = :id", content=REFUND_JSON, id=broken)
        harness.now += DAY
        assert harness.tick() == {"sent": 1}

    def test_of_a_kind_that_only_the_next_release_knows_too(self, database_url: str) -> None:
        with open_harness(database_url) as harness:
            harness.execute("ALTER TYPE notice_kind ADD VALUE 'of_the_next_release'")
            self.wait_and_break(harness, "kind = 'of_the_next_release'")

            assert harness.tick() == {"sent": 2, "waiting": 1}

    def wait_and_break(self, harness: NoticesHarness, what: str) -> int:
        """Let three notices be due, and break the one that comes first; return its number."""
        server = harness.channels.mail
        harness.without_mail()
        for number in range(3):
            harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), f"refund-{number}")
        harness.channels = replace(harness.channels, mail=server, away_until={})
        harness.now += HOUR
        broken: int = harness.notices()[0]["id"]
        harness.execute(f"UPDATE notice SET due_at = owed_at, {what} WHERE id = :id", id=broken)
        return broken


def never_tried(harness: NoticesHarness) -> list[dict[str, object]]:
    """Return what the audit finds of notices that wait, and that nobody has looked at."""
    [found] = [check for check in audit(harness.engine).checks if check.invariant.name == "notice-tried"]
    return [*found.rows]


class TestRefusals:
    def test_of_the_address_mark_it_bad_until_screph_names_another(self, harness: NoticesHarness) -> None:
        harness.mail.answers["RCPT"] = "550 5.1.1 no such user"
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "1")
        harness.mail.answers.clear()
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "2")

        first, second = harness.notices()
        assert first["state"] == "failed"
        assert (second["state"], second["reason"]) == ("dropped", "its mail address was refused for good")
        assert harness.minutes.row()["mail_bad_since"] == NOW

        harness.now += MINUTE
        harness.describe(email="other@mail.example")
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "3")
        assert [received.to for received in harness.mail.received] == ["other@mail.example"]

    def test_of_none_meet_a_domain_in_other_letters(self, harness: NoticesHarness) -> None:
        harness.now += MINUTE
        harness.describe(email="ann@почта.example")

        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND))

        assert [received.to for received in harness.mail.received] == ["ann@xn--80a1acny.example"]
        assert harness.states() == [("refund", "sent")]

    def test_of_an_address_of_the_network_leave_the_mail_address_good(self, harness: NoticesHarness) -> None:
        harness.mail.answers["RCPT"] = "554 client [5.1.20.30] is on a list"
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND))

        assert harness.minutes.row()["mail_bad_since"] is None

    def test_of_the_same_address_again_change_nothing(self, harness: NoticesHarness) -> None:
        harness.mail.answers["RCPT"] = "550 5.1.1 no such user"
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "1")

        harness.now += MINUTE
        harness.describe(email=harness.email, locale="de")

        assert harness.minutes.row()["mail_bad_since"] == NOW

    def test_of_the_mail_leave_the_address_good(self, harness: NoticesHarness) -> None:
        harness.mail.answers["DATA"] = "554 5.6.0 this looks like spam"
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND))

        [row] = harness.notices()
        assert (row["state"], row["reason"]) == ("failed", "554 5.6.0 this looks like spam")
        assert harness.minutes.row()["mail_bad_since"] is None

    @pytest.mark.parametrize("status", [404, 410])
    def test_of_a_browser_end_its_subscription(self, harness: NoticesHarness, status: int) -> None:
        harness.subscribe()
        harness.push.status = status
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "1")
        harness.push.status = 201
        harness.owe(NoticeKind.REFUND, filled(NoticeKind.REFUND), "2")

        assert harness.count("SELECT count(*) FROM push_subscription WHERE gone_at IS NULL") == 0
        assert len(harness.push.requests) == 1
        assert harness.states() == [("refund", "sent"), ("refund", "sent")]


class TestDeaths:
    def test_between_call_and_result_repeat_the_same_mail(self, harness: NoticesHarness) -> None:
        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)
        # What the store has when a worker dies there: the notice is claimed, the attempt counted.
        harness.execute("UPDATE notice_delivery SET state = 'waiting', sent_at = NULL")
        harness.execute("UPDATE notice SET state = 'waiting', ended_at = NULL")
        at_once = harness.tick()
        harness.now += 6 * MINUTE

        assert at_once == {}
        assert harness.tick() == {"sent": 1}
        first, second = harness.mail.received
        assert first.message_id == second.message_id
        assert first.mail.as_bytes() == second.mail.as_bytes() or str(first.mail["Date"]) == str(second.mail["Date"])

    def test_before_the_call_leave_it_to_the_tick_after_the_claim(self, harness: NoticesHarness) -> None:
        harness.without_mail()
        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)

        assert harness.tick() == {}
        harness.now += 6 * MINUTE
        assert harness.tick() == {"waiting": 1}


class TestPreferences:
    def test_a_mail_has_a_link_that_unsubscribes_and_a_receipt_none(self, harness: NoticesHarness) -> None:
        harness.owe(NoticeKind.PURCHASE_RECEIPT, RECEIPT)
        harness.owe(NoticeKind.SUBSCRIPTION_ENDED, filled(NoticeKind.SUBSCRIPTION_ENDED))

        receipt, other = harness.mail.received
        assert receipt.mail["List-Unsubscribe"] is None
        assert str(other.mail["List-Unsubscribe"]).startswith("<https://portal.example/unsubscribe/")
        assert other.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
