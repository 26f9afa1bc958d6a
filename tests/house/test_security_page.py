"""docs/security.md names files and tests that are there."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

PAGE = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")


def test_names_tests_that_are_there() -> None:
    missing = []
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)`((?:,? Test\w+)*)", PAGE)
    for file, classes in named:
        text = (REPOSITORY / file).read_text(encoding="utf-8") if (REPOSITORY / file).exists() else ""
        wanted = re.findall(r"Test\w+", classes)
        missing += [
            f"{file} {name}" for name in wanted or ["def test_"] if f"class {name}" not in text and name not in text
        ]

    assert len(named) >= 50
    assert missing == []


def test_names_code_that_is_there() -> None:
    rows = [line.split(" | ")[1] for line in PAGE.splitlines() if line.startswith("| **")]
    named = [path for row in rows for path in re.findall(r"`([a-z0-9_/*.]+)`", row)]

    assert len(named) >= 30
    assert [path for path in named if not list(REPOSITORY.glob(path.rstrip("/")))] == []
