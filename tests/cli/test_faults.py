"""What a person is told when something is theirs to mend: one sentence, exit 2, no traceback."""

from pathlib import Path

import pytest

from cli.output import length
from tests.journeys.billing import Billing


@pytest.fixture
def alone(database_url: str) -> Billing:
    return Billing({"DATABASE_URL": database_url})


class TestFaults:
    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("balance", "nobody"), "no account nobody is known"),
            (("statement", "nobody"), "no account nobody is known"),
            (("explain", "nothing"), "no usage nothing is booked"),
            (("reverse", "nothing", "--reason", "x"), "no usage nothing is booked"),
            (("dead-letters", "show", "4711"), "there is no dead letter 4711"),
            (("grant", "somebody"), "billing: give exactly one of --seconds and --minutes"),
            (("grant", "somebody", "--minutes", "-3"), "billing: --minutes: "),
        ],
    )
    def test_is_reported_in_a_sentence(self, alone: Billing, words: tuple[str, ...], sentence: str) -> None:
        done = alone(*words)

        assert done.returncode == 2
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr

    def test_of_a_setting_is_reported_by_its_name(self, tmp_path: Path) -> None:
        done = Billing({"EMBEDDED_DIR": str(tmp_path), "BURN_POLICY": "youngest_first"})("balance", "a")

        assert done.returncode == 2
        assert "BURN_POLICY" in done.stderr
        assert "Traceback" not in done.stderr

    def test_of_an_unreachable_database_is_reported(self) -> None:
        done = Billing({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})("balance", "a")

        assert done.returncode == 2
        assert "the database cannot be reached" in done.stderr


class TestGrant:
    @pytest.mark.parametrize("moment", [(), ("--activated-at", "2026-01-01T00:00:00Z")], ids=["now", "then"])
    def test_with_the_same_id_grants_once(self, alone: Billing, moment: tuple[str, ...]) -> None:
        words = ("grant", "twice", "--minutes", "5", "--id", "order-1", *moment)

        first, second = alone.json(*words), alone.json(*words)

        assert (first["result"], second["result"]) == ("applied", "repeated")
        assert alone.json("balance", "twice")["available_seconds"] == 300


class TestLength:
    @pytest.mark.parametrize(
        ("seconds", "printed"),
        [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 m"),
            (61, "1 m 01 s"),
            (3600, "1 h 00 m"),
            (3661, "1 h 01 m 01 s"),
            (-5, "-5 s"),
        ],
    )
    def test_is_shown_for_a_person(self, seconds: int, printed: str) -> None:
        assert length(seconds) == printed
