"""
How PostgreSQL answers every query of the portal's pages and of `profile/`: `docs/queries.md` is written by this.

`python -m bench.queries [ACCOUNTS] [LINES] [USAGES]` fills a database with a million accounts and twenty million
lines unless told otherwise, opens every page as the account with the long ledger, and explains what it has asked. It
fails where a query reads a whole table that grows.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from types import MappingProxyType
from typing import Any

import httpx
import psycopg2
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import event

from bench.contest import UnableToFinish
from bench.contests import new_place
from bench.pages import ACCOUNTS, LINES
from bench.servers import servers
from bench.shop import OLD, open_shop
from domain.access.scope import TokenKind
from store.engine import Engine, open_engine
from store.minutes.read_live import live_balances
from store.reading import reading
from tests.asgi.running import running
from web.api.app import create_api
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.access.sessions import make_entry_link
from workers.access.token import WantedToken, create_token
from workers.context import Context

USAGES = 17_000_000
"""With two packages of each account and the long ledger, twenty million lines."""

DOCUMENT = Path(__file__).parents[1] / "docs" / "queries.md"

PAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "/enter/{token}": ("/enter/none",),
        "/history": ("/history", "/history?only=in", "{older}"),
        "/invited/{code}": ("/invited/{code}",),
        "/pay/{order_id}": ("/pay/{order}",),
        "/receipts": ("/receipts", "{older}"),
        "/receipts/{order_id}": ("/receipts/{order}",),
        "/receipts/{order_id}/refund": ("/receipts/{order}/refund",),
        "/return/{order_id}": ("/return/{order}",),
        "/subscription/method/returned/{setup_id}": ("/subscription/method/returned/none",),
        "/subscription/started/{form_id}": ("/subscription/started/none",),
        "/unsubscribe/{token}": ("/unsubscribe/none",),
    }
)
"""How pages are opened whose path alone does not say it; `{older}` is the link to the page after the one before."""

WITHOUT_QUERIES = frozenset({"/healthz", "/static/{name}", "/events", "/app/{language}.webmanifest"})
"""The stream asks what `LIVE` does, in a thread of its own."""

LIVE = "a balance that is watched"

SMALL_ROWS = 5_000
"""A table with fewer rows is read as a whole whatever there is; its queries are explained without that choice."""

WHOLE = frozenset({"price", "product", "product_wording", "referral_terms"})
"""The catalogue and the terms, which pages list in full; they grow by hand alone."""

_EXPLAIN = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) "


@dataclass
class Asked:
    """What was asked of the database, in order: the text with places for values, and with its values."""

    statements: list[tuple[str, str]] = field(default_factory=list)

    def of(self, engine: Engine) -> None:
        """Begin to listen to an engine."""

        @event.listens_for(engine, "after_cursor_execute")
        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            self.statements.append((" ".join(statement.split()), cursor.query.decode()))

    def taken(self) -> dict[str, str]:
        """Return what was read since the last time, each text once, and forget it; what is written is the workers'."""
        found = {text: query for text, query in self.statements if text.startswith(("SELECT", "WITH"))}
        self.statements.clear()
        return found


def asked_by_pages(engine: Engine, database_url: str) -> dict[str, dict[str, str]]:
    """
    Return what each page asks of the database: page -> text -> text with values.

    Raises:
        UnableToFinish: there is a page that `PAGES` does not have, or a page was not shown.
    """
    context, asked = Context(engine, patience_seconds=5), Asked()
    portal = create_portal(Portal(context, "http://testserver"))
    paths = sorted(set(_paths(portal)) - WITHOUT_QUERIES)
    if missing := {path for path in paths if "{" in path} - PAGES.keys():
        raise UnableToFinish(f"PAGES does not say how to open {', '.join(sorted(missing))}")
    names = _names(database_url)
    token = create_token(context, WantedToken(TokenKind.USER, OLD)).text
    link = make_entry_link(context, OLD, task="/", asked_by="bench")
    headers = {"Sec-Fetch-Site": "same-origin"}
    with running(portal) as url, httpx.Client(base_url=url, headers=headers, timeout=60) as browser:
        browser.post("/enter", data={"token": link})
        asked.of(engine)
        pages = {path: _asked_by(browser, asked, PAGES.get(path, (path,)), names) for path in paths}
    with reading(engine) as session:
        live_balances(session, [OLD], now=context.clock())
    pages[LIVE] = asked.taken()
    with running(create_api(context)) as url:
        httpx.get(f"{url}/api/v1/profile/", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    pages["/api/v1/profile/"] = asked.taken()
    return pages


def _paths(portal: Any) -> Iterator[str]:
    app = portal
    while not isinstance(app, FastAPI):
        app = app._app
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            yield route.path


def _names(database_url: str) -> dict[str, str]:
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT orders.id FROM orders WHERE account = number AND status = 'paid' LIMIT 1),"
            " (SELECT text FROM invitation WHERE invitation.account > number LIMIT 1) FROM account WHERE id = %s",
            (OLD,),
        )
        [(order, code)] = cursor.fetchall()
    return {"order": order, "code": code}


def _asked_by(browser: httpx.Client, asked: Asked, addresses: tuple[str, ...], names: dict[str, str]) -> dict[str, str]:
    shown = ""
    for address in addresses:
        if address == "{older}":
            found = re.search(r'href="([^"]*[?&](?:amp;)?cursor=[^"]*)"', shown)
            if found is None:
                raise UnableToFinish("there is no page of older lines")
            link = found.group(1).replace("&amp;", "&")
            answer = browser.get(link if link.startswith("/") else f"{addresses[0]}{link}")
        else:
            answer = browser.get(address.format(**names))
        if answer.status_code >= 500 or answer.status_code == 401:
            raise UnableToFinish(f"{address} was answered with {answer.status_code}")
        shown = shown if "only=" in address else answer.text
    return asked.taken()


def plan_of(cursor: Any, query: str) -> list[str]:
    """
    Return how PostgreSQL answers a query, line by line.

    Raises:
        UnableToFinish: it reads a whole table that grows.
    """
    plan = _explained(cursor, query, may_read_all=True)
    if small := {table for table in _read_whole(plan) if _rows(cursor, table) < SMALL_ROWS}:
        plan = _explained(cursor, query, may_read_all=False)
        plan.append(f"-- {', '.join(sorted(small))}: too few rows here, so explained with enable_seqscan = off")
    if grown := _read_whole(plan) - WHOLE:
        raise UnableToFinish("\n".join([f"{', '.join(sorted(grown))} is read as a whole by", query, *plan]))
    return plan


def _explained(cursor: Any, query: str, *, may_read_all: bool) -> list[str]:
    cursor.execute(f"SET LOCAL enable_seqscan = {'on' if may_read_all else 'off'}")
    cursor.execute(_EXPLAIN + query)
    return [row[0] for row in cursor.fetchall()]


def _read_whole(plan: list[str]) -> set[str]:
    return {found.group(1) for line in plan if (found := re.search(r"Seq Scan on (\w+)", line))}


def _rows(cursor: Any, table: str) -> float:
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", (table,))
    [(rows,)] = cursor.fetchall()
    return float(rows)


def document(database_url: str, pages: dict[str, dict[str, str]], sizes: str) -> str:
    """Return the text of `docs/queries.md`."""
    numbers = {text: number for number, text in enumerate(dict.fromkeys(one for of in pages.values() for one in of), 1)}
    queries = {text: query for of in pages.values() for text, query in of.items()}
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        [(shown,)] = cursor.fetchall()
        version = shown.split()[0]
        plans = {}
        for text, query in queries.items():
            plans[text] = plan_of(cursor, query)
            connection.rollback()
    lines = [_HEAD.format(version=version, sizes=sizes), "| page | queries |", "| --- | --- |"]
    for page, of in pages.items():
        asked = ", ".join(f"[{numbers[text]}](#{numbers[text]})" for text in of) or "none"
        lines.append(f"| `{page}` | {asked} |" if page != LIVE else f"| {page} | {asked} |")
    for text, number in numbers.items():
        plan = map(shortened, plans[text])
        lines += ["", f"### {number}", "", "```sql", *_wrapped(shortened(text)), "```", "", "```", *plan, "```"]
    return "\n".join(lines) + "\n"


def shortened(text: str) -> str:
    """Return a statement or a line of a plan, with long lists of values cut: nobody reads ten thousand ids."""
    text = re.sub(r"((?:%\(\w+\)s, ){2})(?:%\(\w+\)s, ){8,}(%\(\w+\)s)", r"\1…, \2", text)
    return re.sub(r"'\{([^{}',]+,[^{}',]+),(?:[^{}',]+,){8,}([^{}',]+)\}'", r"'{\1,…,\2}'", text)


def _wrapped(text: str) -> list[str]:
    """Return a statement by its clauses, each line not too long."""
    clauses = re.sub(r" (FROM|WHERE|GROUP BY|HAVING|ORDER BY|UNION ALL|LEFT OUTER JOIN|LIMIT|SET) ", r"\n\1 ", text)
    return [
        line
        for clause in clauses.splitlines()
        for line in wrap(clause, 118, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    ]


_HEAD = """\
# Queries of the portal

How PostgreSQL {version} answers every query that the portal's pages and `profile/` ask, with
{sizes}.
The account that is shown has the long ledger. `python -m bench.queries` writes this page, and fails where a query reads
a whole table that grows, or where it does not know how to open a page. The catalogue and the terms of referrals are
read as a whole by pages that list them. Forms that are sent run the handlers of `workers/`; they are not here.

A row count is of one loop. Nothing but `WorkTable Scan`, `CTE Scan` and `Subquery Scan`, which read what the query
itself has found, stands beside index scans.
"""


def main() -> None:
    """Fill, ask, explain and write."""
    accounts, entries, usages = [*map(int, sys.argv[1:]), *(ACCOUNTS, LINES, USAGES)[len(sys.argv) - 1 :]]
    with servers() as running:
        place = new_place(running, "queries", is_stocked=False)
        open_shop(place.database_url, accounts=accounts, entries=entries, usages=usages)
        write_document(place.database_url, accounts=accounts, entries=entries, usages=usages)


def write_document(database_url: str, *, accounts: int, entries: int, usages: int) -> None:
    """Write `docs/queries.md` from a database that `open_shop` has filled."""
    engine = open_engine(database_url)
    pages = asked_by_pages(engine, database_url)
    engine.dispose()
    total = 2 * accounts + entries + usages
    sizes = f"{accounts:,} accounts, {total:,} lines of the ledger and {entries:,} of them of one account"
    DOCUMENT.write_text(document(database_url, pages, sizes.replace(",", " ").replace("  ", ", ")), encoding="utf-8")


if __name__ == "__main__":
    main()
