"""The figures as a table."""

from rich.console import Console
from rich.table import Table

MEANING = {
    "idiomatic": ("an idiomatic actor: session, objects, one message one transaction", "events/s", None),
    "plain_sql": ("the same with plain SQL", "events/s", None),
    "single": ("ours, one event per message", "events/s", None),
    "arrays": ("ours, arrays of 50", "events/s", None),
    "ceiling": ("the same writes from memory, no broker", "events/s", None),
    "single_vs_idiomatic": ("ours / idiomatic", "times", 12.0),
    "single_vs_plain_sql": ("ours / plain SQL", "times", 5.0),
    "single_vs_ceiling": ("ours / ceiling", "times", 0.5),
    "arrays_vs_ceiling": ("ours in arrays / ceiling", "times", 0.8),
    "bytes_per_usage": ("what a usage takes for ever, with UUIDv4 ids", "bytes", -420.0),
    "bytes_per_usage_uuid7": ("the same with UUIDv7 ids", "bytes", -420.0),
    "statement_growth": ("a page of 50 after many entries / after a hundred", "times", -1.5),
    "expire_per_s": ("packages that end: announced and booked by one worker", "packages/s", None),
    "expire_growth": ("the same / with a tenth of the packages", "times", 0.9),
    "renewals_per_s": ("due renewals by one worker, at a gateway that answers in 50 ms", "renewals/s", 100.0),
    "campaign_grants_per_s": ("accounts that get a campaign's minutes by one worker", "accounts/s", 5_000.0),
    "quotes_per_s": ("quotes with two of 100 000 codes, on one thread", "quotes/s", None),
    "quote_p50_ms": ("one of them, median", "ms", None),
    "quote_p99_ms": ("the same, 99th percentile", "ms", -5.0),
    "past_vs_empty": ("with 5 million past usages / with an empty ledger", "times", 0.9),
    "one_account_vs_spread": ("all on one account / spread over all", "times", 0.7),
    "latency_events_per_second": ("a fifth of capacity", "events/s", None),
    "latency_p50_ms": ("publish to visible balance at a fifth of capacity, median", "ms", None),
    "latency_p99_ms": ("the same, 99th percentile", "ms", -50.0),
    "webhook_p50_ms": ("payment to visible minutes at 50 webhooks/s, median", "ms", None),
    "webhook_p99_ms": ("the same, 99th percentile", "ms", -250.0),
    "web_spends_per_s": ("`spend_minutes/`, eight clients", "calls/s", None),
    "web_bare_per_s": ("a bare FastAPI handler: one indexed UPDATE, one commit", "calls/s", None),
    "web_spend_vs_bare": ("`spend_minutes/` / bare handler", "times", 0.6),
    "web_profile_p50_ms": ("`profile/`, median", "ms", None),
    "web_profile_p95_ms": ("the same, 95th percentile", "ms", -15.0),
    "profile_p50_ms": ("`profile/` of an account with a million lines, one of a million; median", "ms", None),
    "profile_p95_ms": ("the same, 95th percentile", "ms", -15.0),
    "profile_others_p50_ms": ("`profile/` of the others, median", "ms", None),
    "profile_others_p95_ms": ("the same, 95th percentile", "ms", -15.0),
    "home_first_look_ms": ("its first look at the portal's home", "ms", -50.0),
    "home_p50_ms": ("its home, median", "ms", None),
    "home_p95_ms": ("the same, 95th percentile", "ms", -50.0),
    "home_others_p50_ms": ("the home of the others, median", "ms", None),
    "home_others_p95_ms": ("the same, 95th percentile", "ms", -50.0),
    "streams_mb": ("memory of 1 000 open streams", "MB", -100.0),
    "streams_change_p50_ms": ("a change until its stream tells it, 50 a second, median", "ms", None),
    "streams_change_p99_ms": ("the same, 99th percentile", "ms", -300.0),
    "streams_burst_p99_ms": ("1 000 accounts changed at once, 99th percentile", "ms", None),
    "backlog_memory_mb": ("a worker's memory with 300 000 messages waiting", "MB", -250.0),
}


def print_report(figures: dict[str, float]) -> None:
    """Print every figure with what was expected of it; a negative expectation is an upper limit."""
    table = Table(title="Measured side by side in one run", title_justify="left")
    for column in ("what", "figure", "unit", "expected"):
        table.add_column(column, justify="right" if column in ("figure", "expected") else "left")
    for name, figure in figures.items():
        what, unit, expected = MEANING.get(name) or _part(name)
        wanted = "" if expected is None else f">= {expected:g}" if expected > 0 else f"<= {-expected:g}"
        met = expected is None or (figure >= expected if expected > 0 else figure <= -expected)
        table.add_row(
            what,
            f"{figure:,.2f}" if unit == "times" else f"{figure:,.0f}",
            unit,
            wanted if met else f"[red]{wanted}[/]",
        )
    Console().print(table)


def _part(name: str) -> tuple[str, str, None]:
    """Return the meaning of a figure about one table or index."""
    for whole in ("bytes_per_usage_uuid7", "bytes_per_usage"):
        if name.startswith(whole):
            return f"  of it {name.removeprefix(whole + '_')}", "bytes", None
    return name, "", None
