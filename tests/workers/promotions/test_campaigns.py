"""Campaigns: every account of a segment gets the same minutes once, and loses what is left of them at a word."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from messages.errors import MessageRejected
from messages.promotions.campaigns import CampaignCreateRequested
from tests.servers.waiting import wait_until
from tests.workers.events import DAY, HOUR, MINUTE, NOW, reversal, usage
from tests.workers.promotions.campaign_harness import CampaignHarness

REPOSITORY = Path(__file__).parents[3]

TUESDAY = {"used_from": (NOW - HOUR).isoformat(), "used_until": NOW.isoformat()}


class TestCreate:
    def test_gives_support_minutes_to_everyone_who_used_something_in_the_time(self, campaigns: CampaignHarness) -> None:
        campaigns.open("before", "first", "late", "until", "idle")
        campaigns.apply(
            usage("before", 60, at=NOW - HOUR - MINUTE),
            usage("first", 60, at=NOW - HOUR, event_id="u1"),
            usage("late", 60, at=NOW - MINUTE),
            usage("until", 60, at=NOW),
        )
        campaigns.apply(reversal("first", "u1"))

        answer = campaigns.create(segment=TUESDAY, valid_days=30)
        counted = campaigns.tick()

        assert answer == {"campaign_id": "outage", "status": "running", "accounts": 2, "seconds": 1_200}
        assert campaigns.members() == {"first", "late"}
        assert counted == {"granted": 2, "ended": 1}
        [package] = campaigns.balance("late").packages
        assert (package.kind, package.priority, package.left_seconds) == ("support", 10, 600)
        assert (package.activated_at, package.expires_at) == (NOW, NOW + 30 * DAY)
        assert campaigns.balance("idle").packages == ()

    def test_tells_what_was_given(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada", "bob")

        campaigns.create(kind="bonus")
        campaigns.run()

        [completed] = campaigns.facts("campaign.completed")
        assert "subject" not in completed
        assert completed["data"]["outcome"] == "granted"
        assert (completed["data"]["accounts"], completed["data"]["granted_seconds"]) == (2, 1_200)
        assert {fact["subject"] for fact in campaigns.facts("package.granted")} == {"ada", "bob"}
        assert {fact["data"]["available_seconds"] for fact in campaigns.facts("balance.changed")} == {600}

    def test_reminds_the_workers_at_once(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")

        campaigns.create()

        rows = campaigns.select("SELECT routing_key FROM outbox WHERE exchange = 'screph.internal'")
        assert [row["routing_key"] for row in rows] == ["due"]

    def test_twice_is_one_campaign(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")
        first = campaigns.create(message_id="m1")
        campaigns.open("came-later")

        repeated = campaigns.create(message_id="m1")
        again = campaigns.create(reason="another word for it")
        campaigns.run()

        assert first == repeated == again
        assert campaigns.granted() == {"ada": 1}

    def test_of_the_same_id_with_another_offer_is_refused(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")
        campaigns.create()

        assert campaigns.create(seconds=601)["code"] == "SameIdOtherCampaign"
        assert campaigns.create(segment={"countries": ["RU"]})["code"] == "SameIdOtherCampaign"

    def test_by_many_at_once_is_one_campaign(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada", "bob")

        with ThreadPoolExecutor(4) as operators:
            answers = list(operators.map(lambda _: campaigns.create(), range(8)))

        assert answers == [answers[0]] * 8
        assert campaigns.members() == {"ada", "bob"}

    def test_of_what_has_not_happened_yet_is_refused(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")

        answer = campaigns.create(segment=TUESDAY | {"used_until": (NOW + MINUTE).isoformat()})

        assert answer["code"] == "TooEarly"
        assert campaigns.select("SELECT FROM campaign") == []

    def test_for_nobody_is_refused(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")

        answer = campaigns.create(segment={"countries": ["RU"]})

        assert answer["code"] == "NobodyMeant"
        assert campaigns.select("SELECT FROM campaign") == []

    def test_without_saying_who_is_meant_is_rejected(self, campaigns: CampaignHarness) -> None:
        data = {"campaign_id": "c", "segment": {}, "seconds": 1, "reason": "r", "created_by": "ada"}

        with pytest.raises(MessageRejected, match="everyone"):
            campaigns.hand_in(CampaignCreateRequested, data)


class TestApprove:
    def test_by_somebody_else_lets_a_large_campaign_begin(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada", "bob")
        answer = campaigns.create(seconds=3_001)
        before = campaigns.run()

        own = campaigns.approve(by="Ada ")
        other = campaigns.approve()
        again = campaigns.approve()
        counted = campaigns.run()

        assert (answer["status"], answer["seconds"]) == ("waiting", 6_002)
        assert before == {}
        assert own["code"] == "SamePerson"
        assert other["status"] == again["status"] == "running"
        assert counted == {"granted": 2, "ended": 1}

    def test_of_what_one_person_may_give_is_not_needed(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada", "bob")

        assert campaigns.create(seconds=3_000)["status"] == "running"
        assert campaigns.approve()["code"] == "NotWaiting"

    def test_of_an_unknown_campaign_is_refused(self, campaigns: CampaignHarness) -> None:
        assert campaigns.approve()["code"] == campaigns.void()["code"] == "UnknownCampaign"


class TestVoid:
    def test_takes_back_what_is_left_and_no_more(self, campaigns: CampaignHarness) -> None:
        campaigns.open("used", "idle", "empty")
        campaigns.create()
        campaigns.run()
        campaigns.now += HOUR
        campaigns.apply(usage("used", 100, at=NOW + MINUTE), usage("empty", 600, at=NOW + MINUTE, event_id="all"))

        answer = campaigns.void()
        counted = campaigns.run()

        assert answer["status"] == "voiding"
        assert counted == {"voided": 3, "ended": 1}
        rows = campaigns.select(
            "SELECT account.id, consumed_seconds, voided_seconds FROM package JOIN account ON account.number = account"
        )
        assert {tuple(row.values()) for row in rows} == {("used", 100, 500), ("idle", 0, 600), ("empty", 600, 0)}
        completed = campaigns.facts("campaign.completed")[-1]["data"]
        assert (completed["outcome"], completed["voided_seconds"]) == ("voided", 1_100)
        assert campaigns.campaign()["voided_seconds"] == 1_100

    def test_lets_nothing_come_back_by_a_reversal(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")
        campaigns.create()
        campaigns.run()
        campaigns.now += HOUR
        campaigns.apply(usage("ada", 600, at=NOW + MINUTE, event_id="all"))
        campaigns.void()
        campaigns.run()

        campaigns.apply(reversal("ada", "all", at=campaigns.now))

        assert campaigns.balance("ada").available_seconds == 0

    def test_of_one_that_waits_gives_nothing(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")
        campaigns.create(seconds=6_001)

        campaigns.void()
        counted = campaigns.run()

        assert counted == {"ended": 1}
        assert campaigns.approve()["code"] == "NotWaiting"
        assert campaigns.granted() == {}
        assert campaigns.void()["code"] == "VoidedBefore"

    def test_leaves_what_has_ended_by_itself_to_its_late_window(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")
        campaigns.create(valid_days=1)
        campaigns.run()
        campaigns.now += DAY + HOUR

        campaigns.void()
        campaigns.run()

        campaigns.apply(usage("ada", 600, at=NOW + HOUR))
        assert campaigns.campaign()["voided_seconds"] == 0
        [row] = campaigns.select("SELECT consumed_seconds FROM package")
        assert row["consumed_seconds"] == 600


class TestManyWorkers:
    def test_grant_each_account_once(self, campaigns: CampaignHarness) -> None:
        accounts = campaigns.accounts(1_200)
        campaigns.create(seconds=1)

        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda _: campaigns.run(), range(4)))
        campaigns.run()

        assert campaigns.granted() == dict.fromkeys(accounts, 1)
        assert campaigns.campaign()["status"] == "completed"
        assert len(campaigns.facts("campaign.completed")) == 1

    def test_that_were_killed_leave_nothing_half_done(self, campaigns: CampaignHarness) -> None:
        accounts = campaigns.accounts(700)
        campaigns.create(seconds=1)
        worker = [sys.executable, "-m", "tests.workers.promotions.campaign_worker", campaigns.url]

        # The second chunk waits for an account that somebody else holds; in the midst of it the worker dies.
        with closing(psycopg2.connect(campaigns.url)) as holding, holding.cursor() as cursor:
            cursor.execute("SELECT FROM account WHERE id = 'user-700' FOR UPDATE")
            with subprocess.Popen(worker, cwd=REPOSITORY) as process:
                try:
                    wait_until(lambda: self.waiting(campaigns) == 1, "the worker waits", limit_s=60)
                    wait_until(lambda: len(campaigns.granted()) == 500, "the other chunk is done", limit_s=60)
                finally:
                    process.kill()
        at_death = campaigns.granted()
        wait_until(lambda: self.waiting(campaigns) == 0, "the server has noticed", limit_s=60)
        until = time.monotonic() + 60
        while campaigns.campaign()["status"] != "completed" and time.monotonic() < until:
            campaigns.run()

        assert process.returncode == -9
        assert len(at_death) == 500
        assert campaigns.granted() == dict.fromkeys(accounts, 1)
        assert campaigns.campaign()["granted_accounts"] == 700

    @staticmethod
    def waiting(campaigns: CampaignHarness) -> int:
        """How many sessions of this database wait for a lock."""
        [row] = campaigns.select(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(row["count"])


class TestAnAccountThatCannotBeHandled:
    def test_stops_no_other(self, campaigns: CampaignHarness) -> None:
        campaigns.open("bad", "good")
        campaigns.create()
        with closing(psycopg2.connect(campaigns.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("UPDATE account SET sequence = 9223372036854775807 WHERE id = 'bad'")

        first = campaigns.run()
        with closing(psycopg2.connect(campaigns.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("UPDATE account SET sequence = 0 WHERE id = 'bad'")
        second = campaigns.run()

        assert first == {"granted": 1}
        assert second == {"granted": 1, "ended": 1}
