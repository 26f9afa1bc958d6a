"""The shapes of the house that no linter holds: lengths of files and functions, parameters, names."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

REPOSITORY = Path(__file__).parents[2]
TESTS = ("tests", "bench")
MAX_LINES, MEDIAN_LINES, MAX_FUNCTION_LINES, MAX_PARAMETERS = 300, 90, 60, 6

PRIVATE_WORDS = frozenset(
    [
        "kept",
        "keep",
        "keeping",
        "tell",
        "telling",
        "told",
        "retold",
        "shown",
        "opened",
        "take_each",
        "doom",
        "hearsay",
        "reckoning",
        "knock",
        "desk",
        "till",
        "news",
        "asked_as",
        "looked_at",
        "fates",
        "settling",
        "taking",
        "needs_reconciliation",
        "set_aside",
    ]
)
"""Names for which STYLE has the trade's word."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    """Every Python file of the product."""
    rooms = sorted(path.parent for path in REPOSITORY.glob("*/__init__.py") if path.parent.name not in TESTS)
    return [file for room in rooms for file in sorted(room.rglob("*.py"))]


def functions(file: Path) -> Iterator[Function]:
    """Every function of a file, methods and inner ones too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def place(file: Path, node: Function | ast.ClassDef) -> str:
    """Where a definition stands."""
    return f"{file.relative_to(REPOSITORY)}:{node.lineno} {node.name}"


def parameters(function: Function) -> int:
    """How many parameters a caller must know."""
    arguments = function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def is_command(function: Function) -> bool:
    """Tell whether its parameters are the options of a command, which typer reads from the signature."""
    return any(".command" in ast.unparse(decorator) for decorator in function.decorator_list)


class TestShapes:
    def test_there_are_sources(self) -> None:
        assert len(sources()) > 150

    def test_no_file_is_long_and_half_of_them_are_short(self) -> None:
        lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in sources()}

        assert {str(file): count for file, count in lines.items() if count > MAX_LINES} == {}
        assert median(lines.values()) <= MEDIAN_LINES

    def test_no_function_is_long(self) -> None:
        long = {
            place(file, function): function.end_lineno - function.lineno + 1
            for file in sources()
            for function in functions(file)
            if function.end_lineno and function.end_lineno - function.lineno + 1 > MAX_FUNCTION_LINES
            if not is_command(function)
        }

        assert long == {}

    def test_no_function_has_more_than_six_parameters(self) -> None:
        wide = {
            place(file, function): parameters(function)
            for file in sources()
            for function in functions(file)
            if parameters(function) > MAX_PARAMETERS and not is_command(function)
        }

        assert wide == {}

    def test_nothing_has_a_private_name(self) -> None:
        private = [
            place(file, node)
            for file in sources()
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, Function | ast.ClassDef) and node.name.strip("_").lower() in PRIVATE_WORDS
        ]

        assert private == []


@pytest.mark.parametrize("room", ["domain", "messages", "workers", "store"])
def test_a_capability_has_the_same_name_in_every_room(room: str) -> None:
    capabilities = {
        "minutes",
        "payments",
        "catalogue",
        "subscriptions",
        "promotions",
        "notices",
        "access",
        "statistics",
    }
    shared = {
        "domain": {"gateway"},
        "messages": {"asyncapi"},
        "workers": {"queues"},
        "store": {"audit", "tables"},
    }
    folders = {path.parent.name for path in (REPOSITORY / room).glob("*/__init__.py")}

    assert folders <= capabilities | shared[room]
