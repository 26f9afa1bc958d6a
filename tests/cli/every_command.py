"""Every command with its parameters, as the command line itself lists them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer

from cli.main import app

NEEDED = {
    ("subscriptions", "change"): "product",
    ("tokens", "create"): "account",
    ("promotions", "codes", "create"): "percent",
}
"""What a command cannot do without although each of its parameters is optional, for one of two is wanted."""

INSTEAD = {"method", "server"}
"""What may be named in place of that."""


@dataclass(frozen=True, slots=True)
class EveryCommand:
    """A command: the words that name it, and its parameters."""

    words: tuple[str, ...]
    parameters: tuple[Any, ...]

    @property
    def values(self) -> tuple[Any, ...]:
        """The parameters that take a value."""
        return tuple(each for each in self.parameters if not getattr(each, "is_flag", False))

    def line(self, samples: Mapping[str, str], **changed: str) -> tuple[str, ...]:
        """
        Return a command line that names what is needed, and what is changed.

        Args:
            samples: a good value for each parameter that is needed, by its name.
            changed: another value of some parameters, needed or not.
        """
        options, arguments = [], []
        for each in self.values:
            is_needed = each.required or ((self.words, each.name) in NEEDED.items() and not changed.keys() & INSTEAD)
            value = changed.get(each.name, samples[each.name] if is_needed else None)
            if value is None:
                continue
            if each.opts[0].startswith("-"):
                options.append(f"{each.opts[0]}={value}")
            else:
                arguments.append(value)
        return (*self.words, *options, "--", *arguments) if arguments else (*self.words, *options)


def every_command() -> list[EveryCommand]:
    """Return all of them, those of groups as well."""
    return list(_commands((), typer.main.get_command(app)))


def _commands(words: tuple[str, ...], command: Any) -> Iterator[EveryCommand]:
    # By its attribute, not by its class: newer releases of Typer bring their own copy of Click.
    if below := getattr(command, "commands", None):
        for name, each in below.items():
            yield from _commands((*words, name), each)
    else:
        yield EveryCommand(words, tuple(each for each in command.params if each.name != "help"))
