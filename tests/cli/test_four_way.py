"""`billing reconcile four-way` and `import-usage`: Screph's own log as a file, and what differs as an exit code."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.counter import Counter

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = f"{TODAY - timedelta(days=1):%Y-%m-%d}"


def written(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    """A file of lines of JSON."""
    file = tmp_path / "usage.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def counted(counter: Counter) -> None:
    """Say that everything that was booked is counted, as the scheduler would have seen to by now."""
    counter.execute(
        "INSERT INTO statistics_state (number, zone, activity_until) VALUES (1, 'UTC', now() + interval '1 hour')"
    )


class TestImportUsage:
    def test_takes_a_table_and_the_same_one_twice_has_one_effect(self, counter: Counter, tmp_path: Path) -> None:
        file = tmp_path / "usage.csv"
        file.write_text(f"account_id,day,seconds,sessions,revision\nanna,{DAY},60,1,\nboris,{DAY},0,0,2\n")

        first = counter.billing("reconcile", "import-usage", str(file), "--json")
        second = counter.billing("reconcile", "import-usage", str(file), "--json")

        assert (first.returncode, second.returncode) == (0, 0)
        assert json.loads(first.stdout) == {"stored": 2, "known": 0, "refused": 0, "faults": []}
        assert json.loads(second.stdout) == {"stored": 0, "known": 2, "refused": 0, "faults": []}
        rows = counter.harness.minutes.select("SELECT seconds, revision FROM usage_day ORDER BY revision")
        assert rows == [{"seconds": 60, "revision": 1}, {"seconds": 0, "revision": 2}]

    def test_names_the_lines_that_are_wrong_and_stores_the_others(self, counter: Counter, tmp_path: Path) -> None:
        good = {"account_id": "anna", "day": DAY, "seconds": 60, "sessions": 1}
        file = written(tmp_path, good, good | {"account_id": "boris", "seconds": -1}, good | {"seconds": 61})

        done = counter.billing("reconcile", "import-usage", str(file), "--json")

        answer = json.loads(done.stdout)
        assert done.returncode == 1
        assert (answer["stored"], answer["refused"]) == (1, 2)
        assert [fault.split(": ")[0].rpartition(":")[2] for fault in answer["faults"]] == ["2", "3"]
        assert [fault.split(": ")[1] for fault in answer["faults"]] == ["Invalid", "SameIdOtherContent"]

    @pytest.mark.parametrize(
        ("name", "content", "fault"),
        [
            ("usage.txt", "", "neither .csv nor .jsonl"),
            ("usage.csv", "account_id,day\n", "does not name seconds, sessions"),
            ("usage.csv", "account_id,day,seconds,sessions,day\n", "names day twice"),
            ("usage.csv", f"account_id,day,seconds,sessions\nanna,{DAY},1,200,3\n", ":2 has more cells than"),
            ("usage.jsonl", '{"account_id": ["anna"]}', ":1: account_id is neither"),
            ("usage.jsonl", '{"account_id": true}', ":1: account_id is neither"),
            ("usage.jsonl", '{"account_id": 1.5}', ":1: account_id is neither"),
            ("usage.jsonl", "{", "is no JSON"),
            ("usage.jsonl", "[]", "is no object"),
            ("usage.jsonl", '{"account": "anna"}', "has account, which nobody knows here"),
            ("usage.jsonl", '{"account_id": "' + "a" * 70_000 + '"}', "is longer than"),
        ],
    )
    def test_says_what_is_wrong_with_a_file(
        self, counter: Counter, tmp_path: Path, name: str, content: str, fault: str
    ) -> None:
        (tmp_path / name).write_text(content)

        done = counter.billing("reconcile", "import-usage", str(tmp_path / name))

        assert (done.returncode, fault in done.stderr) == (2, True), done.stderr


class TestFourWay:
    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
    def test_takes_no_day_that_no_clock_knows(self, counter: Counter, day: str) -> None:
        asked = [("reconcile", "four-way", "--day", day), ("stats", "recount", day, day)]

        answers = [counter.billing(*words) for words in asked]

        assert [(one.returncode, "is not a day from 1970-01-01" in one.stderr) for one in answers] == [(2, True)] * 2

    def test_has_nothing_to_explain_where_nothing_differs(self, counter: Counter) -> None:
        counter.bought()

        done = counter.billing("reconcile", "four-way", "--json")

        assert done.returncode == 0
        assert json.loads(done.stdout)["unexplained"] == 0

    def test_lists_accounts_and_sessions_until_somebody_accepts_them(self, counter: Counter, tmp_path: Path) -> None:
        listed = [{"session_id": "s-1", "seconds": 60}]
        row = {"account_id": "anna", "day": DAY, "seconds": 60, "sessions": 1, "session_list": listed}
        counter.billing("reconcile", "import-usage", str(written(tmp_path, row)))
        counted(counter)

        done = counter.billing("reconcile", "four-way", "--day", DAY, "--json")
        item = f"usage:screph:{DAY}"
        resolved = counter.billing("review", "resolve", item, "--reason", "a test account")
        after = counter.billing("reconcile", "four-way", "--day", DAY)

        answer = json.loads(done.stdout)
        assert (done.returncode, answer["unexplained"]) == (1, 1)
        assert [(one["what"], one["of"], one["ours"], one["theirs"]) for one in answer["differences"]] == [
            ("account", "anna", 0, 60),
            ("session", "s-1 of anna", 0, 60),
        ]
        assert answer["differences"][1]["repair"] == "Publish the usage of this session again, with the ids it has."
        assert (resolved.returncode, after.returncode) == (0, 0)
        assert "unexplained: 0" in after.stdout
