"""
How many accounts a second one worker gives a campaign's minutes.

`python -m bench.campaigns [COUNT]` measures this alone, of 100 000 accounts unless said otherwise.
"""

import sys
import time
from contextlib import closing
from datetime import UTC, datetime

import psycopg2

from bench.contest import Place, UnableToFinish
from bench.contests import new_place
from bench.load import RULES
from bench.servers import servers
from broker.publisher import declare_topology
from messages.promotions.campaigns import CampaignCreateRequested
from messages.queues import PROMOTION
from messages.read import Event, read
from messages.write import write
from store.engine import Engine, open_engine
from workers.context import Context
from workers.promotions.campaign import create_campaign
from workers.promotions.campaign_run import run_campaigns

FULL_COUNT, QUICK_COUNT = 100_000, 20_000

WARM_UP = 500
"""Accounts of a campaign before, which is not timed: connections, first plans."""

_FILL = """
    INSERT INTO account (id) SELECT 'user-' || number FROM generate_series(1, {count}) AS number;

    INSERT INTO package (id, account, kind, priority, activated_at, granted_seconds, left_seconds)
    SELECT gen_random_uuid(), number, 'purchased', 100, now() - interval '1 day', seconds, seconds
    FROM account, LATERAL (SELECT CASE WHEN number <= {warm_up} THEN 599 ELSE 600 END) AS lot (seconds);
"""


def measure_campaigns(place: Place, *, count: int) -> dict[str, float]:
    """
    Return the accounts per second that get a package, with its line of the ledger, its facts and its notice.

    Raises:
        UnableToFinish: not everyone got theirs, or somebody twice.
    """
    _fill(place.database_url, count)
    engine = open_engine(place.database_url)
    _give(engine, "warm-up", {"balance_below_seconds": 600}, WARM_UP)
    seconds = _give(engine, "in-earnest", {"is_everyone": True}, count)
    engine.dispose()
    return {"campaign_grants_per_s": round(count / seconds, 1)}


def _give(engine: Engine, campaign: str, segment: dict[str, object], count: int) -> float:
    context = Context(engine, RULES, approve_above_seconds=10**12)
    data = {
        "campaign_id": campaign,
        "segment": segment,
        "minutes": 10,
        "valid_days": 90,
        "reason": "an outage",
        "created_by": "bench",
    }
    _, body = write(CampaignCreateRequested, data, at=datetime.now(UTC))
    [event] = read(body, queue=PROMOTION)
    assert isinstance(event, Event)
    answer = create_campaign(context, event)
    started = time.perf_counter()
    done = run_campaigns(context)
    seconds = time.perf_counter() - started
    if (answer.get("accounts"), done["granted"], done["ended"]) != (count, count, 1):
        raise UnableToFinish(f"{count} accounts were meant, the campaign says {answer}, and the run {dict(done)}")
    return seconds


def _fill(database_url: str, count: int) -> None:
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(_FILL.format(count=int(count), warm_up=WARM_UP))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def main() -> None:
    """Measure this alone."""
    with servers() as running:
        declare_topology(running.rabbit.url)
        place = new_place(running, "campaigns", is_stocked=False)
        figures = measure_campaigns(place, count=int(sys.argv[1]) if len(sys.argv) > 1 else FULL_COUNT)
    sys.stdout.write(f"{figures}\n")


if __name__ == "__main__":
    main()
