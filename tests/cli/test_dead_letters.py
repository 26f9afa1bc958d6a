"""`billing dead-letters`: an operator sees, replays and discards what could not be applied."""

import pytest

from messages.queues import INGRESS, MINUTE_USAGE
from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import open_engine
from store.transaction import transaction
from tests.journeys.billing import Billing
from tests.servers.databases import select

BODY = '{"type": "screph.usage.reported.v1", "id": "один"}'.encode()


@pytest.fixture
def billing(database_url: str) -> Billing:
    """The command beside a database with one dead letter."""
    engine = open_engine(database_url)
    letter = DeadLetter("quarantined", MINUTE_USAGE, "Invalid", "data is missing", BODY, "screph/recorder", "один")
    with transaction(engine) as session:
        save_dead_letters(session, [letter, letter])
    engine.dispose()
    return Billing({"DATABASE_URL": database_url})


class TestDeadLetters:
    def test_are_listed_with_their_reason(self, billing: Billing) -> None:
        listed = billing("dead-letters", "list")
        [row] = billing.json("dead-letters", "list")

        assert listed.returncode == 0
        assert "data is" in listed.stdout
        assert (row["code"], row["seen"], row["state"], row["queue"]) == ("Invalid", 2, "waiting", MINUTE_USAGE)
        assert "body" not in row

    def test_are_shown_with_their_bytes(self, billing: Billing) -> None:
        [row] = billing.json("dead-letters", "list")

        page = billing("dead-letters", "show", str(row["id"]))

        assert page.returncode == 0
        assert BODY.decode() in page.stdout

    def test_are_replayed_once_more_each_time(self, billing: Billing, database_url: str) -> None:
        [row] = billing.json("dead-letters", "list")

        done = [billing.json("dead-letters", "replay", str(row["id"])) for _ in range(2)]

        assert [answer["state"] for answer in done] == ["replayed", "replayed"]
        sent = select(database_url, "SELECT exchange, routing_key, body FROM outbox")
        assert [(exchange, queue, bytes(body)) for exchange, queue, body in sent] == [(INGRESS, MINUTE_USAGE, BODY)] * 2

    def test_are_discarded_with_a_reason_and_not_replayed_after(self, billing: Billing) -> None:
        [row] = billing.json("dead-letters", "list")
        number = str(row["id"])

        without = billing("dead-letters", "discard", number, "--reason", " ")
        discarded = billing.json("dead-letters", "discard", number, "--reason", "a test")
        again = billing("dead-letters", "replay", number)

        assert (without.returncode, discarded["state"], again.returncode) == (2, "discarded", 2)
        assert "was discarded by" in again.stderr
        assert billing.json("dead-letters", "list") == []

    def test_that_do_not_exist_are_one_sentence(self, billing: Billing) -> None:
        done = billing("dead-letters", "show", "999")

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "billing: there is no dead letter 999; `billing dead-letters list` shows them\n"
