"""
Screph's two calls: `spend_minutes/` beside a bare handler in the same run, and how long `profile/` takes.

`python -m bench.web [SECONDS]` measures this alone, 5 s a round unless said otherwise; `make bench` has it, too.
"""

import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from statistics import median, quantiles

import psycopg2

from bench.bare_web import THREADS
from bench.contest import Place, UnableToFinish
from bench.contests import new_place
from bench.load import ACCOUNTS, account
from bench.servers import servers
from domain.access.scope import TokenKind
from store.engine import open_engine
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until
from workers.access.token import WantedToken, create_token
from workers.context import Context

CLIENTS = 8
SECONDS = 5.0
ROUNDS = 3
TOKENS = 200
CONSENT = 200

BODY = json.dumps({"minutes_to_spend": 1}).encode()


@dataclass(frozen=True, slots=True)
class Call:
    """One request: how it is named, what it carries, and for whom."""

    method: str
    path: str
    headers: dict[str, str]


def measure_web(place: Place, *, seconds: float = SECONDS) -> dict[str, float]:
    """Return the rates of both in turn, their ratio, and the latency of `profile/` while only it is called."""
    tokens = _prepare(place)
    chance = random.Random(40)

    def spend() -> Call:
        return Call("POST", "/api/v1/spend_minutes/", _headers(chance.choice(tokens)))

    def bare() -> Call:
        return Call("POST", f"/api/v1/spend_minutes/{account(chance.randrange(TOKENS))}", _headers(""))

    def profile() -> Call:
        return Call("GET", "/api/v1/profile/", _headers(chance.choice(tokens)))

    ours, theirs, waits_ms = [], [], []
    with (
        serving(place, ["cli", "web", "--apps", "api"]) as (our_port, _),
        serving(place, ["bench.bare_web"]) as (bare_port, _),
    ):
        for port, call in ((our_port, spend), (bare_port, bare), (our_port, profile)):
            _run(port, call, seconds=1)
        for _ in range(ROUNDS):
            ours.append(len(_run(our_port, spend, seconds=seconds)) / seconds)
            theirs.append(len(_run(bare_port, bare, seconds=seconds)) / seconds)
        waits_ms = _run(our_port, profile, seconds=seconds, clients=1)
    cuts = quantiles(waits_ms, n=100)
    return {
        "web_spends_per_s": round(median(ours)),
        "web_bare_per_s": round(median(theirs)),
        "web_spend_vs_bare": round(median(ours) / median(theirs), 2),
        "web_profile_p50_ms": round(cuts[49], 1),
        "web_profile_p95_ms": round(cuts[94], 1),
    }


def _prepare(place: Place) -> list[str]:
    with closing(psycopg2.connect(place.database_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (id text PRIMARY KEY, minutes bigint NOT NULL)")
        cursor.execute("INSERT INTO bare SELECT id, 500000 FROM account")
    engine = open_engine(place.database_url)
    context = Context(engine)
    wanted = [WantedToken(TokenKind.USER, account(number)) for number in range(min(TOKENS, ACCOUNTS))]
    tokens = [create_token(context, one).text for one in wanted]
    engine.dispose()
    return tokens


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Token {token}", "Content-Type": "application/json"}


@contextmanager
def serving(place: Place, command: list[str]) -> Iterator[tuple[int, int]]:
    """Run a server as a process of its own, until it is no longer needed; gives its port and the process's id."""
    reserved = ReservedPort()
    port = reserved.number
    environment = os.environ | {
        "DATABASE_URL": place.database_url,
        "AMQP_URL": place.amqp_url,
        "WEB_API_PORT": str(port),
        "WEB_PORTAL_PORT": str(port),
        "WEB_THREADS": str(THREADS),
        "LOG_LEVEL": "ERROR",
    }
    words = command if command[0] == "cli" else [*command, str(port)]
    process = subprocess.Popen([sys.executable, "-m", *words], env=environment)
    try:
        wait_until(lambda: _answers(port), f"{command} answers", limit_s=30)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)
        reserved.release()


def _answers(port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == CONSENT
    except OSError:
        return False


def _run(port: int, call: Callable[[], Call], *, seconds: float, clients: int = CLIENTS) -> list[float]:
    """Call again and again from several connections, and return how long each call took, in milliseconds."""
    waits_ms: list[float] = []
    faults: list[str] = []
    ends_at = time.perf_counter() + seconds

    def client() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            while (began := time.perf_counter()) < ends_at:
                one = call()
                connection.request(one.method, one.path, BODY if one.method == "POST" else None, one.headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != CONSENT:
                    faults.append(f"{answer.status} {body[:200]!r}")
                    return
                waits_ms.append(1000 * (time.perf_counter() - began))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise UnableToFinish(f"a call was refused: {faults[0]}")
    return waits_ms


def main() -> None:
    """Measure this alone."""
    with servers() as running:
        seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
        print(json.dumps(measure_web(new_place(running, "web"), seconds=seconds), indent=2))


if __name__ == "__main__":
    main()
