"""`billing clock show | move`: the time of an installation under test."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from boot.clock import ShiftedClock, move_clock, read_shift, shift_text, utc_now
from boot.settings import UnableToStart, load_settings
from boot.wiring import open_clock
from cli.output import AsJson, moment, out, print_json

app = typer.Typer(help="The test clock, which the file in BILLING_CLOCK moves.", no_args_is_help=True)


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the time by which everything goes, and how far it is from the host's."""
    clock = open_clock(load_settings(with_database=False))
    _print(clock(), clock.shift if isinstance(clock, ShiftedClock) else timedelta(), as_json=as_json)


@app.command()
def move(
    shift: Annotated[
        str, typer.Argument(help="By how much: +1d, +90m, +1d 02:30; or to which moment. Back by -- -00:05.")
    ],
    as_json: AsJson = False,
) -> None:
    """Move the test clock of every process that has the same BILLING_CLOCK, while they run."""
    file = _file()
    now = ShiftedClock(file)()
    by = read_shift(shift, written_at=now)
    try:
        moved = move_clock(file, by)
    except OSError as error:
        raise UnableToStart(f"BILLING_CLOCK: {file} cannot be written: {error}") from error
    _print(utc_now() + moved, moved, as_json=as_json)


def _file() -> Path:
    settings = load_settings(with_database=False)
    if settings.billing_clock is None:
        raise UnableToStart("BILLING_CLOCK is not set: set it, for every process, to a file that may be written")
    open_clock(settings)
    return settings.billing_clock


def _print(now: datetime, shift: timedelta, *, as_json: bool) -> None:
    text = shift_text(shift) if shift else None
    if as_json:
        print_json({"now": now, "shift": text})
        return
    out.print(
        f"it is {moment(now)} UTC" + (f", the host's clock shifted by {text}" if text else ", by the host's clock")
    )
