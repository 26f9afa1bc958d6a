"""A private PgBouncer in transaction mode, before a PostgreSQL that a test uses."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.free_ports import ReservedPort
from tests.servers.last_will import LastWill
from tests.servers.starting import wait_for_start

_HOW_TO_GET_IT = "PgBouncer is not on this machine: install it (Debian, Ubuntu: `apt-get install pgbouncer`)."


class UnableToFindPgbouncer(Exception):
    """PgBouncer is not installed; the text says how to get it."""


@contextmanager
def pgbouncer_before(url: str, *, pool_size: int = 2, patience_s: int = 120) -> Iterator[str]:
    """
    Start a PgBouncer before a server and return its URL of the same database.

    Args:
        url: `postgresql://user@host:port/database`, of a server that wants no password.
        pool_size: sessions of PostgreSQL that all clients share; few, so that transactions really change sessions.
        patience_s: how long a client waits for a session, of a server that is away, too.

    Raises:
        UnableToFindPgbouncer: it is not installed.
    """
    program = shutil.which(
        "pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
    )
    if program is None:
        raise UnableToFindPgbouncer(_HOW_TO_GET_IT)
    server = urlsplit(url)
    port = ReservedPort()
    folder = Path(tempfile.mkdtemp(prefix="private-pgbouncer-"))
    (folder / "users").write_text(f'"{server.username}" ""\n')
    (folder / "settings.ini").write_text(
        f"""
        [databases]
        * = host={server.hostname} port={server.port}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port.number}
        unix_socket_dir =
        auth_type = trust
        auth_file = {folder}/users
        pool_mode = transaction
        default_pool_size = {pool_size}
        query_wait_timeout = {patience_s}
        server_login_retry = 1
        """.replace("        ", "")
    )
    # It refuses to run as root.
    account = "nobody" if os.getuid() == 0 else None
    if account:
        shutil.chown(folder, account)
        folder.chmod(0o755)
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [program, str(folder / "settings.ini")], stdout=written, stderr=written, user=_number_of(account)
        )
    will = LastWill([process.pid], signal="KILL", folder=folder)
    try:
        wait_for_start(process, lambda: _listens(port.number), name="PgBouncer", log=log)
        yield server._replace(netloc=f"{server.username}@127.0.0.1:{port.number}").geturl()
    finally:
        process.kill()
        process.wait(30)
        will.revoke()
        shutil.rmtree(folder, ignore_errors=True)
        port.release()


def _number_of(account: str | None) -> int | None:
    return pwd.getpwnam(account).pw_uid if account else None


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
