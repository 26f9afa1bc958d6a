"""`billing statement | packages | explain`, page by page; and dead letters in a list."""

from datetime import UTC, datetime

import pytest

from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import open_engine
from store.transaction import transaction
from tests.journeys.billing import Billing
from tests.store.minutes.history import DAY, book, grant, usage


@pytest.fixture
def lived_in(alone: Billing, database_url: str) -> Billing:
    """The commands, and an account with two packages and four usages."""
    engine = open_engine(database_url)
    book(engine, grant("anna", 10, event_id="g1", kind="promo"), grant("anna", 1_000, event_id="g2"))
    for number in range(4):
        book(engine, usage("anna", 20 + number, event_id=f"u{number}"))
    with transaction(engine) as session:
        save_dead_letters(session, [DeadLetter("quarantined", "minute-usage", "Code", "a reason", b"bytes")])
    engine.dispose()
    return alone


class TestStatement:
    def test_pages_are_the_whole(self, lived_in: Billing) -> None:
        first = lived_in.json("statement", "anna", "--limit", "4")
        second = lived_in.json("statement", "anna", "--limit", "4", "--cursor", first["cursor"])

        seconds = [line["seconds"] for page in (second, first) for line in page["lines"]]
        assert seconds == [10, 1_000, -10, -10, -21, -22, -23]
        assert second["cursor"] is None
        assert [line["left_seconds"] for line in first["lines"]] == [990, 969, 947, 924]
        assert "number" not in first["packages"][0]

    def test_for_people_names_the_next_page(self, lived_in: Billing) -> None:
        page = lived_in("statement", "anna", "--limit", "2")
        whole = lived_in("statement", "anna", "--limit", "0")

        assert "older lines: --cursor " in page.stdout
        assert "7 lines" in whole.stdout
        assert "--cursor" not in whole.stdout

    def test_of_a_wrong_cursor_says_so(self, lived_in: Billing) -> None:
        done = lived_in("statement", "anna", "--cursor", "nonsense")

        assert (done.returncode, done.stdout) == (2, "")
        assert "not a cursor" in done.stderr


class TestBalance:
    def test_says_that_too_little_is_known_to_say_until_when(self, lived_in: Billing) -> None:
        found = lived_in.json("balance", "anna")

        assert (found["available_seconds"], found["forecast"]["outlook"]) == (924, "not_enough_data")
        assert "not enough data" in lived_in("balance", "anna").stdout

    def test_says_nothing_of_the_kind_about_another_moment(self, lived_in: Billing) -> None:
        found = lived_in.json("balance", "anna", "--at", "2026-12-01T00:00:00Z")

        assert found["forecast"] is None

    def test_says_between_which_days(self, lived_in: Billing, database_url: str) -> None:
        now, engine = datetime.now(UTC), open_engine(database_url)
        began = now - 20 * DAY
        book(engine, grant("boris", 21 * 600, event_id="b", activated_at=began), now=began)
        for back in range(20, 0, -1):
            at = now - back * DAY
            book(engine, usage("boris", 600, event_id=f"b{back}", at=at), now=at)
        engine.dispose()

        forecast = lived_in.json("balance", "boris")["forecast"]

        assert forecast["outlook"] == "runs_out"
        assert forecast["earliest"] < forecast["latest"]
        said = lived_in("balance", "boris").stdout
        assert f"between {forecast['earliest']} and {forecast['latest']}" in said


class TestPackages:
    def test_are_pages_as_well(self, lived_in: Billing) -> None:
        first = lived_in.json("packages", "anna", "--limit", "1")
        second = lived_in.json("packages", "anna", "--limit", "1", "--cursor", first["cursor"])

        assert sorted(page["packages"][0]["granted_seconds"] for page in (first, second)) == [10, 1_000]
        assert second["cursor"] is None
        assert "older packages: --cursor " in lived_in("packages", "anna", "--limit", "1").stdout


class TestExplain:
    def test_finds_a_usage_without_its_source_and_says_why(self, lived_in: Billing) -> None:
        found = lived_in.json("explain", "u0")

        assert (found["usage"]["source"], found["usage"]["account_id"]) == ("screph", "anna")
        assert [(line["seconds"], line["because"]) for line in found["entries"]] == [
            (-10, "priority"),
            (-10, "only_one"),
        ]
        assert "priority before" in lived_in("explain", "u0").stdout

    def test_of_a_source_that_never_said_it_is_unknown(self, lived_in: Billing) -> None:
        done = lived_in("explain", "u0", "--source", "other")

        assert done.returncode == 2
        assert "no usage u0 is booked for source other" in done.stderr


class TestDeadLetters:
    def test_are_listed_without_their_bytes(self, lived_in: Billing) -> None:
        [letter] = lived_in.json("dead-letters", "list")

        assert (letter["code"], letter["state"], "body" in letter) == ("Code", "waiting", False)
        assert "a reason" in lived_in("dead-letters", "list").stdout
