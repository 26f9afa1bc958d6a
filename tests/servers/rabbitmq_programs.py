"""RabbitMQ's programs on this machine."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_HOW_TO_GET_IT = (
    "RabbitMQ's programs are not on this machine: install them (Debian, Ubuntu: "
    "`apt-get install rabbitmq-server`; macOS: `brew install rabbitmq`)."
)

# First the scripts themselves: what Debian and RPM put on PATH is a wrapper that changes the
# user and drops the environment.
_USUAL_FOLDERS = (
    Path("/usr/lib/rabbitmq/bin"),
    Path("/opt/homebrew/sbin"),
    Path("/usr/local/sbin"),
)


class UnableToFindRabbitPrograms(Exception):
    """RabbitMQ or Erlang's `epmd` is not installed; the text says how to get it."""


@dataclass(frozen=True, slots=True)
class RabbitPrograms:
    """The scripts and the Erlang port mapper that a private node needs."""

    server: Path
    ctl: Path
    epmd: Path
    erl_call: Path | None
    """Erlang's own small program that asks a node; None where Erlang came without it."""

    @classmethod
    def find(
        cls,
        usual_folders: Iterable[Path] = _USUAL_FOLDERS,
        *,
        path: str | None = None,
    ) -> Self:
        """
        Find the programs in the usual folders, else on a search path.

        Args:
            usual_folders: where to look first, in this order.
            path: the search path, None for PATH.

        Raises:
            UnableToFindRabbitPrograms: there are none.
        """
        folders = list(usual_folders)
        if on_path := shutil.which("rabbitmq-server", path=path):
            # Behind a link to a wrapper or into a cellar lie the scripts themselves.
            folders += [Path(on_path).resolve().parent, Path(on_path).parent]
        for folder in folders:
            server, ctl = folder / "rabbitmq-server", folder / "rabbitmqctl"
            if os.access(server, os.X_OK) and os.access(ctl, os.X_OK):
                return cls(server, ctl, _find_epmd(path), _find_erl_call(path))
        raise UnableToFindRabbitPrograms(_HOW_TO_GET_IT)


def _find_epmd(path: str | None) -> Path:
    """Find Erlang's port mapper on a search path, else beside `erl` itself."""
    if on_path := shutil.which("epmd", path=path):
        return Path(on_path)
    if erl := shutil.which("erl", path=path):
        beside = Path(erl).resolve().parent / "epmd"
        if beside.exists():
            return beside
    raise UnableToFindRabbitPrograms(f"Erlang's `epmd` is not on PATH. {_HOW_TO_GET_IT}")


def _find_erl_call(path: str | None) -> Path | None:
    """Find Erlang's `erl_call` on a search path, else among the libraries of the Erlang that is on it."""
    if on_path := shutil.which("erl_call", path=path):
        return Path(on_path)
    if erl := shutil.which("erl", path=path):
        root = Path(erl).resolve().parents[1]
        return next(iter(sorted(root.glob("**/bin/erl_call"))), None)
    return None
