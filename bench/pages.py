"""
How long the portal's home and `profile/` take where there are a million accounts, and one has a million lines.

`python -m bench.pages [ACCOUNTS] [LINES] [USAGES]` fills a database, as large as said, and measures; a million of
each take some minutes to fill.
"""

import json
import sys
import time
from collections.abc import Callable
from statistics import quantiles

import httpx

from bench.contest import Place, UnableToFinish
from bench.contests import new_place
from bench.servers import servers
from bench.shop import OLD, open_shop
from bench.web import CONSENT, serving
from domain.access.scope import TokenKind
from store.engine import open_engine
from workers.access.sessions import make_entry_link
from workers.access.token import WantedToken, create_token
from workers.context import Context

ACCOUNTS, LINES, USAGES = 1_000_000, 1_000_000, 2_000_000
COUNT = 200


def measure_pages(place: Place, *, accounts: int, count: int = COUNT) -> dict[str, float]:
    """
    Return how long both take, one call after the other, in milliseconds; and the first look of the day at home.

    Args:
        place: a database that `open_shop` has filled.
        accounts: how many it has.
        count: calls of each kind.
    """
    engine = open_engine(place.database_url)
    context = Context(engine, patience_seconds=5)
    others = [f"user-{number:06}" for number in range(1, accounts, max(accounts // count, 1))][:count]
    tokens = [create_token(context, WantedToken(TokenKind.USER, one)).text for one in (OLD, *others)]
    with serving(place, ["cli", "web", "--apps", "api"]) as (port, _), httpx.Client() as client:
        address = f"http://127.0.0.1:{port}/api/v1/profile/"
        old, *of_others = [_with_token(client, address, token) for token in tokens]
        figures = _figures("profile", _times_ms([old] * count)) | _figures("profile_others", _times_ms(of_others))
    with serving(place, ["cli", "web", "--apps", "portal"]) as (port, _):
        address = f"http://127.0.0.1:{port}/"
        # A link lives for a minute, so each is made when it is opened.
        old, *of_others = [
            _signed_in(address, make_entry_link(context, one, task="/", asked_by="bench")) for one in (OLD, *others)
        ]
        _times_ms(of_others[:20])
        [first_ms] = _times_ms([old])
        figures["home_first_look_ms"] = round(first_ms, 1)
        figures |= _figures("home", _times_ms([old] * count)) | _figures("home_others", _times_ms(of_others))
    engine.dispose()
    return figures


def _with_token(client: httpx.Client, address: str, token: str) -> Callable[[], httpx.Response]:
    return lambda: client.get(address, headers={"Authorization": f"Bearer {token}"})


def _signed_in(address: str, link: str) -> Callable[[], httpx.Response]:
    client = httpx.Client()
    client.post(f"{address}enter", data={"token": link}, headers={"Sec-Fetch-Site": "same-origin"})
    return lambda: client.get(address)


def _times_ms(calls: list[Callable[[], httpx.Response]]) -> list[float]:
    times_ms = []
    for call in calls:
        began = time.perf_counter()
        answer = call()
        times_ms.append(1000 * (time.perf_counter() - began))
        if answer.status_code != CONSENT:
            raise UnableToFinish(f"{answer.url} was answered with {answer.status_code}")
    return times_ms


def _figures(name: str, times_ms: list[float]) -> dict[str, float]:
    cuts = quantiles(times_ms, n=20)
    return {f"{name}_p50_ms": round(cuts[9], 1), f"{name}_p95_ms": round(cuts[18], 1)}


def main() -> None:
    """Fill, and measure."""
    accounts, lines, usages = [*map(int, sys.argv[1:]), *(ACCOUNTS, LINES, USAGES)[len(sys.argv) - 1 :]]
    with servers() as running:
        place = new_place(running, "pages", is_stocked=False)
        open_shop(place.database_url, accounts=accounts, entries=lines, usages=usages)
        print(json.dumps(measure_pages(place, accounts=accounts), indent=2))


if __name__ == "__main__":
    main()
