"""
No value, however absurd, ends a command in a traceback: it is refused in a sentence, or answered rightly.

Each option gets a third of the values, the next option another third; `make values` tries all of them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.counter import Counter, opened_counter
from tests.cli.every_command import EveryCommand, every_command
from tests.journeys.billing import Billing
from tests.servers.find import FoundPostgres

NUMBERS = ("-1", "0", "2147483648", "9223372036854775808", "9" * 5_000)
FRACTIONS = ("-1", "nan", "inf")
TEXTS = (
    "",
    "-1",
    "two\nlines",
    "💥" * 64,
    "\udcff",  # a byte that is no UTF-8, as Python gets it from the command line
    "9" * 5_000,
    "[/bold]",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
)
PROCESSES = {("worker",), ("relay",), ("scheduler",), ("run",), ("webhooks",), ("web",), ("demo",), ("migrate",)}
PARTS = 1 if os.environ.get("ALL_VALUES") else 5
"""In the suite an option gets one value of five, the next option the next ones; `make values` gives it all."""
COMMANDS = [each for each in every_command() if each.words not in PROCESSES]
WITH_VALUES = [(command, each.name) for command in COMMANDS for each in command.values]


@pytest.fixture(scope="module")
def counter(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Counter]:
    """Where something was sold, used and disputed about, and one message was dead-lettered."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with opened_counter(url) as opened:
        yield opened
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def samples(counter: Counter, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A good value for everything that a command needs."""
    order = counter.bought()
    usage = {
        "specversion": "1.0",
        "id": "usage-1",
        "source": "screph",
        "type": "screph.usage.reported.v1",
        "subject": "anna",
        "time": "2026-01-01T00:00:00Z",
        "data": {"seconds": 90},
    }
    file = tmp_path_factory.mktemp("files") / "products.json"
    file.write_text("[]")
    assert counter.billing("grant", "anna", "--minutes", "5").returncode == 0
    return {
        "account": "anna",
        "percent": "10",
        "codes": "10",
        "batch": "1",
        "promotion": "summer-2026",
        "product": "starter",
        "product_id": "starter",
        "usage_id": str(usage["id"]),
        "order": order,
        "method": "1",
        "letter": "1",
        "notice": "1",
        "reason": "because",
        "ref": "dispute-1",
        "item": "order:stripe:o-1",
        "state": "open",
        "file": str(file),
        "kind": "low_balance",
        "minutes": "1",
        "subscription": "anna",
        "shift": "+1d",
        "token": "1",
        "campaign": "outage",
        "name": "anna",
        "role": "support",
        "programme": "welcome",
        "trigger": "first_purchase",
        "code": "7KQM-2XNV-9BTD",
        "referrer_minutes": "1",
        "friend_minutes": "1",
        "source": str(file),
        "first": "2026-01-01",
        "last": "2026-01-02",
    }


class TestAValue:
    @pytest.mark.parametrize(
        ("command", "name"), WITH_VALUES, ids=[f"{' '.join(command.words)}: {name}" for command, name in WITH_VALUES]
    )
    def test_is_refused_in_a_sentence_or_answered(
        self, counter: Counter, samples: dict[str, str], command: EveryCommand, name: str
    ) -> None:
        [parameter] = (each for each in command.values if each.name == name)
        values = {int: NUMBERS, float: FRACTIONS}.get(parameter.bare_type, TEXTS)
        # A grant and a refund say that something else is missing before they look at the rest.
        usual = {"minutes": "1", "reason": "because", "quote": ""} if "minutes" not in name else {"reason": "because"}
        # The broker of these commands is not there, so publishing must not wait for it.
        usual |= {"patience": "0.1"}

        part = WITH_VALUES.index((command, name)) % PARTS
        faults = []
        for value in values[part::PARTS]:
            line = command.line(samples, **(usual | {name: value}))
            done = counter.billing(*line)
            if "Traceback" in done.stderr or "Traceback" in done.stdout or done.returncode not in (0, 1, 2):
                faults.append((value[:40], done.returncode, done.stderr.strip()[-400:]))

        assert faults == []
        # Whoever types is told; nothing waits for anybody else.
        assert counter.dead_letters() == 0


class TestAFile:
    @pytest.mark.parametrize("words", [("publish",), ("products", "import")])
    @pytest.mark.parametrize("name", ["folder", "missing", "a-file/below"])
    def test_that_cannot_be_read_is_refused_in_a_sentence(
        self, counter: Counter, tmp_path: Path, words: tuple[str, ...], name: str
    ) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "a-file").touch()

        done = counter.billing(*words, str(tmp_path / name))

        assert done.returncode == 2
        assert "cannot be read" in " ".join(done.stderr.replace("│", " ").split())
        assert "Traceback" not in done.stderr


class TestOptions:
    @pytest.mark.parametrize(
        "words",
        [
            ("dead-letters", "list", "--limit", "-1"),
            ("dead-letters", "list", "--limit", "0"),
            ("orders", "list", "--limit", "-1"),
            ("packages", "anna", "--limit", "-1"),
            ("statement", "anna", "--limit", "-1"),
            ("balance", "anna", "--at", "0001-01-01T00:00:00+14:00"),
            ("balance", "anna", "--at", "9999-12-31T23:59:59-14:00"),
            ("grant", "anna", "--minutes", "0"),
            ("grant", "anna", "--minutes", "1", "--expires-at", "0001-01-01T00:00:00+14:00"),
            ("publish", "-", "--patience", "nan"),
            ("publish", "-", "--exchange", ""),
        ],
        ids=" ".join,
    )
    def test_beyond_their_limits_are_refused_and_leave_nothing(self, counter: Counter, words: tuple[str, ...]) -> None:
        done = counter.billing(*words)

        assert (done.returncode, done.stdout) == (2, "")
        assert counter.dead_letters() == 0


class TestAnAddress:
    @pytest.mark.parametrize(
        "address",
        [";", " ; ", "nonsense", "http://host/", "amqp://host:port/", "amqp://[::1/", "amqp://host/?heartbeat=x"],
    )
    @pytest.mark.parametrize("words", [("doctor",), ("worker",), ("webhooks",), ("balance", "anna"), ("publish", "-")])
    def test_of_a_broker_that_cannot_be_read_is_one_sentence(self, words: tuple[str, ...], address: str) -> None:
        database = {} if words == ("webhooks",) else {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}

        done = Billing(database | {"AMQP_URL": address})(*words)

        assert done.returncode == 2
        assert done.stderr.startswith("billing: AMQP_URL: ")
        assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        "address", ["nonsense", "postgresql://h:port/db", "postgresql://h/db?nothing=1", "mysql://h"]
    )
    @pytest.mark.parametrize("words", [("doctor",), ("migrate",), ("worker",), ("balance", "anna")])
    def test_of_a_database_that_cannot_be_read_is_one_sentence(self, words: tuple[str, ...], address: str) -> None:
        done = Billing({"DATABASE_URL": address})(*words)

        assert done.returncode == 2
        assert done.stderr.startswith("billing: ")
        assert "Traceback" not in done.stderr
