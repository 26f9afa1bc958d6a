"""
How long one quote takes in a shop of 1 000 products and 100 000 codes that can be used.

Every quote names two codes, a discount and a bonus, and a third of the promotions ask what the buyer has bought. It is
the function that commands and pages call, each time in a reading session, on one thread.

`python -m bench.quotes [COUNT]` measures this alone, with 10 000 quotes unless said otherwise.
"""

import random
import sys
import time
from datetime import UTC, datetime
from statistics import quantiles

from bench.codes import ACCOUNTS, CURRENCIES, PRODUCTS, Codes, fill_with_codes
from bench.contest import Place, UnableToFinish
from bench.contests import new_place
from bench.load import RULES
from bench.servers import servers
from domain.payments.route import Route
from domain.promotions.redeem import USED_BY_YOU
from gateways.sandbox.adapter import SandboxGateway
from gateways.sandbox.client import SandboxClient
from gateways.transport import Transport
from store.engine import open_engine
from store.reading import reading
from workers.context import Context, Shop
from workers.promotions.quote import Asked, Quote, quote

CODES = 100_000
FULL_COUNT, QUICK_COUNT = 10_000, 3_000

WARM_UP = 200
"""Quotes that are not timed: the connection, and what SQLAlchemy compiles once."""

_URL = "http://127.0.0.1:9"
"""Nobody answers there: of the gateway a quote needs the least that it charges, and for that there is no call."""


def measure_quotes(place: Place, *, count: int) -> dict[str, float]:
    """
    Return quotes per second on one thread, and how long one takes: the median and the 99th percentile.

    Raises:
        UnableToFinish: a quote was refused for another reason than that the person has used the code before.
    """
    codes = fill_with_codes(place.database_url, count=CODES)
    engine = open_engine(place.database_url)
    gateway = SandboxGateway(SandboxClient(Transport(_URL)), page_url=_URL)
    context = Context(engine, RULES, gateways={"sandbox": gateway}, shop=Shop(routes=(Route("sandbox"),)))
    chance = random.Random(31)
    for _ in range(WARM_UP):
        _quote_ms(context, _asked(codes, chance))
    times_ms = [_quote_ms(context, _asked(codes, chance)) for _ in range(count)]
    engine.dispose()
    cuts = quantiles(times_ms, n=100)
    return {
        "quotes_per_s": round(1000 * count / sum(times_ms), 1),
        "quote_p50_ms": round(cuts[49], 2),
        "quote_p99_ms": round(cuts[98], 2),
    }


def _asked(codes: Codes, chance: random.Random) -> Asked:
    discount, its_product = chance.choice(codes.discounts)
    return Asked(
        account_id=f"buyer-{chance.randint(1, ACCOUNTS)}",
        product_id=its_product or f"product-{chance.randint(1, PRODUCTS)}",
        codes=(discount, chance.choice(codes.bonuses)),
        currency=chance.choice(CURRENCIES),
    )


def _quote_ms(context: Context, asked: Asked) -> float:
    started = time.perf_counter()
    with reading(context.engine) as session:
        said = quote(session, context, asked, at=datetime.now(UTC))
    took_ms = 1000 * (time.perf_counter() - started)
    if isinstance(said, Quote):
        is_right = said.price.minor < said.list_price.minor and said.bonus_seconds > 0
    else:
        is_right = said == USED_BY_YOU
    if not is_right:
        raise UnableToFinish(f"{asked} should have a lower price and minutes besides, and it is {said}")
    return took_ms


def main() -> None:
    """Measure this alone."""
    with servers() as running:
        place = new_place(running, "quotes", is_stocked=False)
        figures = measure_quotes(place, count=int(sys.argv[1]) if len(sys.argv) > 1 else FULL_COUNT)
    sys.stdout.write(f"{figures}\n")


if __name__ == "__main__":
    main()
