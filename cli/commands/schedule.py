"""`billing scheduler show`: how the jobs of the timetable stand."""

import dataclasses
from datetime import timedelta

from cli.context import open_wiring
from cli.output import AsJson, moment, print_json, print_table
from scheduler.main import slot_of
from scheduler.timetable import TIMETABLE
from store.read import JobRun, last_runs
from store.reading import reading


def show(as_json: AsJson = False) -> None:
    """Show each job: when it ran last and how that ended, and when it runs next."""
    with open_wiring() as wiring:
        now = wiring.clock()
        with reading(wiring.engine) as session:
            found = last_runs(session, (tick.job for tick in TIMETABLE))
    runs = [(found[tick.job], tick.every, slot_of(now, tick.every) + tick.every) for tick in TIMETABLE]
    if as_json:
        print_json(
            [
                dataclasses.asdict(run) | {"every_seconds": round(every.total_seconds()), "next_slot": next_slot}
                for run, every, next_slot in runs
            ]
        )
        return
    print_table(
        f"Jobs at {moment(now)} UTC",
        ("job", "every", "last begun", "outcome", "counts", "next"),
        (
            (run.job, _interval(every), _begun(run), run.outcome, _counts(run), moment(next_slot)[:16])
            for run, every, next_slot in runs
        ),
    )


def _begun(run: JobRun) -> str:
    return moment(run.started_at) if run.started_at else "not yet"


def _counts(run: JobRun) -> str:
    return ", ".join(f"{name} {count}" for name, count in (run.counts or {}).items())


def _interval(every: timedelta) -> str:
    minutes = round(every.total_seconds() / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
