"""What every command begins with: settings, logs, and the wired parts."""

from collections.abc import Iterator
from contextlib import contextmanager

from boot.logs import set_up_logs
from boot.settings import Settings, load_settings
from boot.wiring import Wiring, wired
from cli.output import err


@contextmanager
def open_wiring(*, quiet: bool = True) -> Iterator[Wiring]:
    """
    Wire everything for one command.

    Args:
        quiet: a command that answers and ends logs only what is wrong.
    """
    settings = load_settings()
    set_up_logs("ERROR" if quiet else settings.log_level, form=settings.log_format)
    if not quiet:
        announce(settings)
    with wired(settings) as wiring:
        yield wiring


def announce(settings: Settings) -> None:
    """Say which parts are embedded: they are for a first look and for development."""
    embedded = [
        name for name, url in (("DATABASE_URL", settings.database_url), ("AMQP_URL", settings.amqp_url)) if not url
    ]
    if "DATABASE_URL" in embedded:
        err.print(f"[yellow]embedded:[/] PostgreSQL in {settings.embedded_dir}/ (DATABASE_URL is not set)")
    if "AMQP_URL" in embedded:
        err.print(
            "[yellow]embedded:[/] the broker is in this process (AMQP_URL is not set); what waits in it ends with it"
        )
    if embedded:
        err.print("For a first look and for development; see README.md for the real servers.")
