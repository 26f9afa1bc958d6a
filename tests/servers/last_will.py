"""The end of a private server whose owner died before it could end it."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

# A killed test run cannot clean up, but its pipes close. The shell waits for a line (the
# owner is well and ends the server itself) or for the end of the pipe (the owner is gone).
_SCRIPT = """
read -r line && exit 0
folder=$1 signal=$2; shift 2
kill -s "$signal" "$@"
for pid in "$@"; do
    tries=0
    while [ $tries -lt 100 ] && kill -0 "$pid"; do sleep 0.1; tries=$((tries + 1)); done
done
rm -rf -- "$(readlink -f -- "$folder/data")" "$folder"
"""


class LastWill:
    """A small shell that ends given processes and removes their folder if this process dies."""

    def __init__(
        self,
        pids: Iterable[int],
        *,
        signal: Literal["KILL", "QUIT"],
        folder: Path,
    ) -> None:
        """
        Start the shell.

        Args:
            pids: the processes to end.
            signal: what they get; QUIT lets PostgreSQL free its shared memory.
            folder: what is removed when they are gone, with what `data` in it is a link to.
        """
        arguments = [str(folder), signal, *map(str, pids)]
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "last-will", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C is meant for the tests, which then end the server
        )

    def revoke(self) -> None:
        """End the shell and leave the processes alone."""
        self._shell.communicate(b"\n", timeout=10)
