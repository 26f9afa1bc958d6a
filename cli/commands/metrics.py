"""`billing metrics`: what the tables say, for Prometheus. One is enough, whatever else runs."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import typer
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from boot.wiring import Wiring
from cli.context import open_wiring
from cli.signals import asked_by, stop_on_signals
from cli.telemetry import serve_own_metrics
from messages.errors import Unavailable
from scheduler.timetable import TIMETABLE
from store.payments.review import OF_A_DAY
from store.reading import reading
from store.statistics.read.health import NOTHING, Health, read_health

app = typer.Typer()
log = logging.getLogger(__name__)

USUAL_PORT = 9464

CACHED_SECONDS = 15
"""However often it is asked, the database is asked no more often."""


@app.command()
def metrics() -> None:
    """Serve the figures of the tables to Prometheus: what waits, what failed, what differs. One process is enough."""
    with open_wiring(quiet=False) as wiring:
        stop_on_signals(wiring.stopping)
        REGISTRY.register(TableFigures(wiring))
        serve_own_metrics(wiring.settings, otherwise=USUAL_PORT)
        wiring.stopping.wait()
        log.info("the process ends: asked by %s", asked_by())


class TableFigures(Collector):
    """
    The figures as Prometheus' metrics, read when it asks and cached for some seconds.

    While the database is away there is `billing_exporter_up 0` and nothing else: an old figure would look like a
    good one.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._lock = threading.Lock()
        self._read_s = float("-inf")
        self._families: list[Metric] = []

    def describe(self) -> Iterable[Metric]:
        """Name no metric before the first reading, so that registering reads nothing."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Return the metrics."""
        with self._lock:
            if time.monotonic() - self._read_s >= CACHED_SECONDS:
                self._families = self._read()
                self._read_s = time.monotonic()
            return self._families

    def _read(self) -> list[Metric]:
        now = self._wiring.clock()
        try:
            with reading(self._wiring.engine) as session:
                health = read_health(session, (tick.job for tick in TIMETABLE), now=now)
        except Unavailable as error:
            log.warning("the figures wait for the store: %s", error)
            return [_gauge("billing_exporter_up", "Whether the figures could be read.", [((), 0)])]
        return list(_families(health, now))


def figure_names() -> list[str]:
    """Return the names of the exporter's metrics."""
    return [family.name for family in _families(NOTHING, datetime.min.replace(tzinfo=UTC))]


def _families(health: Health, now: datetime) -> Iterator[Metric]:
    yield _gauge("billing_exporter_up", "Whether the figures could be read.", [((), 1)])
    yield from _message_families(health, now)
    yield from _job_families(health, now)
    yield from _money_families(health)
    yield from _figure_families(health, now)


def _message_families(health: Health, now: datetime) -> Iterator[Metric]:
    yield _gauge("billing_outbox_messages", "Messages that wait to be published.", [((), health.outbox_waiting)])
    yield _gauge(
        "billing_outbox_oldest_age_seconds",
        "For how long the oldest of them has been waiting; 0 without any.",
        [((), _age(health.outbox_oldest, now))],
    )
    yield _gauge(
        "billing_outbox_refused_messages", "Messages that can never be published.", [((), health.outbox_refused)]
    )
    yield _gauge(
        "billing_dead_letters",
        "Dead letters that wait for a decision.",
        list(health.dead_letters.items()),
        ("queue", "code"),
    )


def _job_families(health: Health, now: datetime) -> Iterator[Metric]:
    yield _gauge(
        "billing_due_oldest_age_seconds",
        "For how long the oldest that a job should have done has been due; 0 without any.",
        [((job,), _age(since, now)) for job, since in health.oldest_due.items()],
        ("job_name",),
    )
    runs = [run for run in health.runs.values() if run.started_at is not None]
    yield _gauge(
        "billing_job_last_run_age_seconds",
        "When a job of the timetable began last.",
        [((run.job,), _age(run.started_at, now)) for run in runs],
        ("job_name",),
    )
    yield _gauge(
        "billing_job_last_run_failed",
        "Whether the last run of a job failed.",
        [((run.job,), run.outcome == "failed") for run in runs],
        ("job_name",),
    )
    yield _gauge(
        "billing_job_interval_seconds",
        "How often a job of the timetable should run.",
        [((tick.job,), tick.every / timedelta(seconds=1)) for tick in TIMETABLE],
        ("job_name",),
    )


def _money_families(health: Health) -> Iterator[Metric]:
    for what, named in (("orders", "orders"), ("refund", "refunds")):
        yield _gauge(
            f"billing_open_{named}",
            f"Open {named} by status and age: hour (less than one), day (less than one), older.",
            [((each.status, each.age), each.count) for each in health.open if each.what == what],
            ("status", "age"),
        )
    yield _gauge(
        "billing_review_items",
        "What waits for a person, by what it is about.",
        [((kind,), count) for kind, count in health.review_items.items()],
        ("kind",),
    )
    yield _gauge(
        "billing_reconciliation_difference_minor",
        "By how much our days and the gateway's differ, in minor units, added up; without days that somebody accepted.",
        list(health.differences.items()),
        ("gateway", "currency"),
    )
    yield _gauge(
        "billing_reconciliation_difference_seconds",
        "By how much grants differ from what orders promise, and booked usage from Screph's log; likewise.",
        [((side,), seconds) for side, seconds in health.differing_seconds.items()],
        ("side",),
    )
    yield _gauge(
        "billing_reconciliation_unexplained",
        "Days of the four-way reconciliation that differ and that nobody has accepted: totals, grants, usage.",
        [((str(kind),), health.review_items.get(str(kind), 0)) for kind in sorted(OF_A_DAY)],
        ("side",),
    )


def _figure_families(health: Health, now: datetime) -> Iterator[Metric]:
    yield _gauge(
        "billing_statistics_seal_lag_seconds",
        "For how long the oldest quarter of an hour has been waiting to be counted; 0 where nothing was booked.",
        [((), _age(health.counted_until, now))],
    )
    yield _gauge(
        "billing_audit_age_seconds",
        "When the invariants were proven last.",
        [((), _age(health.audited_at, now))] if health.audited_at else [],
    )
    yield _gauge("billing_audit_broken_invariants", "Of the last audit.", [((), health.broken_invariants)])
    yield _gauge(
        "billing_deferred_minor",
        "Paid and not used yet at the end of the last day, in minor units: a management figure.",
        [((currency,), minor) for currency, minor in health.deferred.items()],
        ("currency",),
    )
    yield _gauge("billing_accounts_in_debt", "Accounts that owe seconds.", [((), health.in_debt)])


def _gauge(
    name: str, text: str, samples: Iterable[tuple[tuple[str, ...], float]], labels: tuple[str, ...] = ()
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in samples:
        family.add_metric(values, float(value))
    return family


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
