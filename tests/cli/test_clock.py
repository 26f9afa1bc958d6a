"""`billing clock`: the time of an installation under test is shown and moved."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.journeys.billing import Billing

MINUTE = timedelta(minutes=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the test clock; it does not exist yet."""
    return tmp_path / "clock"


@pytest.fixture
def billing(file: Path) -> Billing:
    """The commands, with a test clock and no server at all."""
    return Billing({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "BILLING_CLOCK": str(file)})


def moved(billing: Billing, *words: str) -> timedelta:
    """Move the clock and return how far it is off."""
    now = datetime.fromisoformat(billing.json("clock", "move", *words)["now"])
    return now - datetime.now(UTC)


class TestMove:
    def test_adds_up_forwards_and_back(self, billing: Billing, file: Path) -> None:
        assert abs(moved(billing, "+3d") - timedelta(days=3)) < MINUTE
        assert abs(moved(billing, "+01:30") - timedelta(days=3, minutes=90)) < MINUTE
        assert billing("clock", "move", "--", "-1d").stdout.endswith("shifted by +2d 01:30:00\n")
        assert file.read_text() == "+2d 01:30:00\n"
        assert billing.json("clock", "show")["shift"] == "+2d 01:30:00"

    def test_to_a_moment(self, billing: Billing) -> None:
        moved(billing, "+400d")

        to = datetime.now(UTC) + timedelta(days=30)
        assert abs(moved(billing, to.isoformat()) - timedelta(days=30)) < MINUTE

    @pytest.mark.parametrize("shift", ["", "3d", "💥" * 64, "9" * 5_000, "+99999d", "0001-01-01T00:00:00+14:00"])
    def test_by_nonsense_is_refused_in_a_sentence(self, billing: Billing, file: Path, shift: str) -> None:
        done = billing("clock", "move", "--", shift)

        assert (done.returncode, done.stdout, file.exists()) == (2, "", False)
        assert done.stderr.startswith("billing: ")
        assert done.stderr.count("\n") == 1

    def test_where_nothing_can_be_written_is_refused_in_a_sentence(self, billing: Billing, file: Path) -> None:
        file.mkdir()

        done = billing("clock", "move", "+1d")

        assert done.returncode == 2
        assert done.stderr.startswith("billing: BILLING_CLOCK: ")

    def test_without_the_setting_says_what_is_missing(self, alone: Billing) -> None:
        done = alone("clock", "move", "+1d")

        assert (done.returncode, done.stdout) == (2, "")
        assert "BILLING_CLOCK is not set" in done.stderr
        assert alone.json("clock", "show")["shift"] is None


class TestBalance:
    def test_goes_by_the_clock(self, database_url: str, file: Path) -> None:
        billing = Billing({"DATABASE_URL": database_url, "BILLING_CLOCK": str(file)})
        soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        assert billing("grant", "anna", "--minutes", "5", "--expires-at", soon).returncode == 0
        assert billing.json("balance", "anna")["available_seconds"] == 300

        moved(billing, "+3d")

        assert billing.json("balance", "anna")["available_seconds"] == 0
