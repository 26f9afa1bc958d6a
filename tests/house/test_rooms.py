"""A room is named wherever rooms are named, and the papers draw the house that the contracts hold."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = {folder.parent.name for folder in ROOT.glob("*/__init__.py")} - {"bench", "tests"}


def contract(kind: str, name: str) -> dict[str, Any]:
    """The import contract of a kind that has these words in its name."""
    [found] = [
        one for one in PYPROJECT["tool"]["importlinter"]["contracts"] if one["type"] == kind and name in one["name"]
    ]
    return dict(found)


def rooms_of(layers: list[str]) -> list[set[str]]:
    """Layers as sets of names, from the top; `bench`, `tests`, `demo` and `migrations` stand beside the picture."""
    sets = [{name.strip(" ()") for name in re.split(r"[|:]", layer)} for layer in layers]
    return [names for layer in sets if (names := layer - {"bench", "tests", "demo", "migrations"})]


class TestRooms:
    def test_are_in_what_is_installed(self) -> None:
        assert set(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == ROOMS

    def test_are_in_the_image(self) -> None:
        let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

        assert let_in >= ROOMS

    def test_are_checked_by_mypy(self) -> None:
        assert set(PYPROJECT["tool"]["mypy"]["files"]) == ROOMS | {"bench"}

    def test_are_in_the_import_contracts(self) -> None:
        layers = contract("layers", "Who may import whom")["layers"]

        assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == ROOMS | {"bench", "tests"}
        assert set(contract("acyclic_siblings", "circles")["ancestors"]) == ROOMS
        assert {name.strip(" ()") for layer in layers for name in re.split(r"[|:]", layer)} == (
            ROOMS | {"bench", "tests"}
        )

    def test_are_drawn_in_contributing_as_the_contract_has_them(self) -> None:
        paper = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        [picture] = re.findall(r"Imports go downwards only.*?```\n(.*?)```", paper, flags=re.DOTALL)

        drawn = [re.split(r" {3,}", line.strip())[0] for line in picture.splitlines()]

        assert rooms_of(drawn) == rooms_of(contract("layers", "Who may import whom")["layers"])

    def test_have_a_reason_beside_each_contract(self) -> None:
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        begins = re.findall(r"\[\[tool\.importlinter\.contracts\]\]\n(.)", text)

        assert len(begins) == len(PYPROJECT["tool"]["importlinter"]["contracts"])
        assert set(begins) == {"#"}
