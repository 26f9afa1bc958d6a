"""From a message on a real RabbitMQ to a balance that can be explained, by the commands alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.publisher import declare_topology
from messages.queues import MINUTE_USAGE
from tests.broker.queues import purge
from tests.journeys.billing import Billing
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until

NOW = datetime.now(UTC)


def event(event_id: str, kind: str, data: dict[str, Any], *, account: str = "journey") -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "screph-desktop",
            "type": f"screph.{kind}.v1",
            "subject": account,
            "time": (NOW - timedelta(minutes=5)).isoformat(),
            "data": data,
        }
    ).encode()


@pytest.fixture
def billing(database_url: str, rabbit_server: FoundRabbit) -> Billing:
    declare_topology(rabbit_server.url)
    # What another test published and nobody consumed would become dead letters here.
    purge(rabbit_server.url, MINUTE_USAGE)
    return Billing({"DATABASE_URL": database_url, "AMQP_URL": rabbit_server.url})


class TestFromMessageToBalance:
    def test_usage_is_published_applied_explained_reversed_and_audited(self, billing: Billing) -> None:
        assert billing("migrate").returncode == 0
        lines = b"\n".join(
            [
                event("grant-old", "package.grant_requested", {"kind": "purchased", "minutes": 10}),
                event("grant-promo", "package.grant_requested", {"kind": "promo", "minutes": 2}),
                event("use-1", "usage.reported", {"seconds": 300, "feature": "recognise"}),
                event("use-1", "usage.reported", {"seconds": 300, "feature": "recognise"}),
                event("use-2", "usage.reported", {"seconds": -1}),
                b"not json",
            ]
        )

        with billing.running("run"):
            self.publish(billing, lines)
            self.wait_for_balance(billing, 420)

            explained = billing.json("explain", "use-1")
            assert [(entry["seconds"], entry["because"]) for entry in explained["entries"]] == [
                (-120, "priority"),
                (-180, "only_one"),
            ]
            self.replay_the_dead_letters(billing)
            assert billing("reverse", "use-1", "--reason", "ticket 1").returncode == 0
            assert billing.json("balance", "journey")["available_seconds"] == 720
            assert billing("reverse", "use-1", "--reason", "ticket 1").returncode == 2

        statement = billing.json("statement", "journey")
        assert [line["kind"] for line in statement["lines"]] == [
            "grant",
            "grant",
            "burn",
            "burn",
            "give_back",
            "give_back",
        ]
        assert billing.json("audit")["holds"] is True

    def publish(self, billing: Billing, lines: bytes) -> None:
        def all_are_accepted() -> bool:
            # Refused while the other process has not declared the queue yet; publishing again is harmless.
            return bool(billing.json("publish", "-", given=lines) == {"accepted": 6, "refused": []})

        wait_until(all_are_accepted, "every line to be accepted", limit_s=30)

    def wait_for_balance(self, billing: Billing, seconds: int) -> None:
        def is_there() -> bool:
            done = billing("balance", "journey", "--json")
            return done.returncode == 0 and json.loads(done.stdout)["available_seconds"] == seconds

        wait_until(is_there, f"a balance of {seconds} s", limit_s=30)

    def replay_the_dead_letters(self, billing: Billing) -> None:
        letters = billing.json("dead-letters", "list")
        assert sorted(letter["code"] for letter in letters) == ["Invalid", "NotJson"]
        junk = next(str(letter["id"]) for letter in letters if letter["code"] == "NotJson")
        wrong = next(str(letter["id"]) for letter in letters if letter["code"] == "Invalid")
        assert billing.json("dead-letters", "show", junk)["body"] == "not json"
        assert billing("dead-letters", "discard", junk).returncode == 2
        assert billing("dead-letters", "discard", junk, "--reason", "a typo").returncode == 0
        assert billing("dead-letters", "replay", junk).returncode == 2
        # Sent twice more it is as wrong as before, and comes back as one.
        assert billing("dead-letters", "replay", wrong).returncode == 0
        assert billing("dead-letters", "replay", wrong).returncode == 0

        def came_back() -> bool:
            waiting = billing.json("dead-letters", "list")
            return len(waiting) == 1 and waiting[0]["seen"] == 2 and str(waiting[0]["id"]) != wrong

        wait_until(came_back, "the replayed letter to come back, counted twice", limit_s=30)


class TestDoctor:
    def test_finds_nothing_wrong_with_a_whole_installation(self, billing: Billing) -> None:
        with billing.running("worker"), billing.running("relay"):

            def is_well() -> bool:
                return billing("doctor").returncode == 0

            wait_until(is_well, "the doctor to be content", limit_s=30)

    def test_says_what_to_do_where_nothing_is(self) -> None:
        nowhere = Billing(
            {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "AMQP_URL": "amqp://guest:guest@127.0.0.1:1/"}
        )

        done = nowhere("doctor", "--json")

        assert done.returncode == 1
        advice = {check["name"]: check["advice"] for check in json.loads(done.stdout) if not check["ok"]}
        assert "PostgreSQL" in advice["database"]
        assert "RabbitMQ" in advice["broker"]


class TestPublish:
    def test_says_which_line_was_refused(self, billing: Billing) -> None:
        billing.json("publish", "-", given=b"{}")

        done = billing("publish", "-", "--queue", "nowhere", "--json", given=b"{}\n\n{}\n")

        assert done.returncode == 1
        refused = json.loads(done.stdout)["refused"]
        assert [fault["line"] for fault in refused] == [1, 3]
        assert "no queue is bound" in refused[0]["reason"]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_takes_one_json_for_one_message(self, billing: Billing, indent: int | None) -> None:
        events = [json.loads(event(f"use-{number}", "usage.reported", {"seconds": 60})) for number in range(2)]

        done = billing.json("publish", "-", given=json.dumps(events, indent=indent).encode())

        assert done == {"accepted": 1, "refused": []}

    def test_refuses_an_indented_json_that_is_cut(self, billing: Billing) -> None:
        done = billing("publish", "-", given=json.dumps([{"id": "1"}], indent=2).encode()[:-1])

        assert (done.returncode, done.stdout) == (2, "")
        assert "one JSON per line" in " ".join(done.stderr.replace("│", " ").split())

    def test_applies_before_it_ends_when_the_broker_is_embedded(self, tmp_path: Path) -> None:
        alone = Billing({"EMBEDDED_DIR": str(tmp_path)})
        lines = event("g", "package.grant_requested", {"kind": "bonus", "minutes": 1})

        alone.json("publish", "-", given=lines)

        assert alone.json("balance", "journey")["available_seconds"] == 60
