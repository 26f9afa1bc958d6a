"""What is measured besides: bytes and pages; and in full a long past, one hot account, latency, memory."""

import time
from functools import partial
from pathlib import Path

from bench.campaigns import FULL_COUNT as FULL_ACCOUNTS
from bench.campaigns import QUICK_COUNT as QUICK_ACCOUNTS
from bench.campaigns import measure_campaigns
from bench.contest import Place, fill_ours, purge, run_contest, worker_process
from bench.contests import OURS, new_place
from bench.density import measure_density
from bench.expiry import measure_expiry
from bench.growth import measure_growth
from bench.latency import measure_latency
from bench.load import bodies, usage_events
from bench.pages import ACCOUNTS as PAGES_ACCOUNTS
from bench.pages import LINES, measure_pages
from bench.past import ACCOUNTS as PAST_ACCOUNTS
from bench.past import open_accounts, write_past
from bench.quotes import FULL_COUNT as FULL_QUOTES
from bench.quotes import QUICK_COUNT as QUICK_QUOTES
from bench.quotes import measure_quotes
from bench.renewals import FULL_COUNT, QUICK_COUNT, measure_renewals
from bench.servers import Servers
from bench.shop import open_shop
from bench.streams import measure_streams
from bench.web import measure_web
from bench.webhooks import measure_webhooks
from messages.queues import MINUTE_USAGE

COUNT = 60_000
PAST_USAGES = 5_000_000
BACKLOG = 300_000
BACKLOG_SECONDS = 15


def run_longer(running: Servers, *, capacity: float) -> dict[str, float]:
    """
    Return the further figures.

    Args:
        running: the servers.
        capacity: events per second of ours with single events, as just measured.
    """
    figures = measure_store(running, quick=False)
    spread = _rate(new_place(running, "spread"), accounts=None, seed=11)
    one = _rate(new_place(running, "one_account"), accounts=1, seed=12)
    empty_place = new_place(running, "empty", is_stocked=False)
    open_accounts(empty_place.database_url)
    empty = _rate(empty_place, accounts=PAST_ACCOUNTS, seed=13)
    past_place = new_place(running, "past", is_stocked=False)
    open_accounts(past_place.database_url)
    write_past(past_place.database_url, usages=PAST_USAGES)
    past = _rate(past_place, accounts=PAST_ACCOUNTS, seed=14)
    p50_ms, p99_ms = measure_latency(new_place(running, "latency"), events_per_second=capacity / 5)
    webhook_p50_ms, webhook_p99_ms = measure_webhooks(new_place(running, "webhooks"))
    figures |= measure_web(new_place(running, "web"))
    figures |= measure_streams(new_place(running, "streams"))
    pages_place = new_place(running, "pages", is_stocked=False)
    open_shop(pages_place.database_url, accounts=PAGES_ACCOUNTS, entries=LINES, usages=0)
    figures |= measure_pages(pages_place, accounts=PAGES_ACCOUNTS)
    return figures | {
        "webhook_p50_ms": round(webhook_p50_ms, 1),
        "webhook_p99_ms": round(webhook_p99_ms, 1),
        "one_account_vs_spread": round(one / spread, 2),
        "past_vs_empty": round(past / empty, 2),
        "latency_events_per_second": round(capacity / 5),
        "latency_p50_ms": round(p50_ms, 1),
        "latency_p99_ms": round(p99_ms, 1),
        "backlog_memory_mb": round(_memory_with_backlog(new_place(running, "backlog")), 1),
    }


def measure_store(running: Servers, *, quick: bool) -> dict[str, float]:
    """Return how dense rows are, how fast expiry, renewals, campaigns and quotes are, and how statements page."""
    count = 40_000 if quick else 100_000
    random_ids = new_place(running, "density")
    figures = measure_density(random_ids, count=count, name="bytes_per_usage", is_ordered=False)
    ordered_ids = new_place(running, "density_ordered")
    figures |= measure_density(ordered_ids, count=count, name="bytes_per_usage_uuid7", is_ordered=True)
    young = new_place(running, "young", is_stocked=False)
    old = new_place(running, "old", is_stocked=False, is_alone=False)
    growth = measure_growth(young, old, entries=100_000 if quick else 1_000_000)
    empty_place = partial(new_place, running, is_stocked=False)
    beside_others = partial(new_place, running, is_stocked=False, is_alone=False)
    figures |= measure_expiry(beside_others, packages=200_000 if quick else 1_000_000)
    figures |= measure_renewals(empty_place("renewals"), count=QUICK_COUNT if quick else FULL_COUNT)
    figures |= measure_campaigns(empty_place("campaigns"), count=QUICK_ACCOUNTS if quick else FULL_ACCOUNTS)
    figures |= measure_quotes(empty_place("quotes"), count=QUICK_QUOTES if quick else FULL_QUOTES)
    return figures | {"statement_growth": round(growth, 2)}


def _rate(place: Place, *, accounts: int | None, seed: int) -> float:
    events = usage_events(COUNT, seed=seed) if accounts is None else usage_events(COUNT, seed=seed, accounts=accounts)
    queue = fill_ours(place, bodies(events))
    return run_contest(place, OURS, queue=queue, count=COUNT)


def _memory_with_backlog(place: Place) -> float:
    """Return the most memory that a worker ever held, in MB, while a backlog waited for it."""
    for seed in range(BACKLOG // COUNT):
        fill_ours(place, bodies(usage_events(COUNT, seed=20 + seed)))
    with worker_process(place, OURS) as process:
        time.sleep(BACKLOG_SECONDS)
        peak_mb = _peak_mb(process.pid)
    purge(place.amqp_url, MINUTE_USAGE)
    return peak_mb


def _peak_mb(pid: int) -> float:
    """Return the high-water mark of a process's resident memory; Linux keeps it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("this system does not tell a process's peak memory")
