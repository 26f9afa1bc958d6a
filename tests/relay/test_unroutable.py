"""Messages that no queue is bound for: they do not hold up those behind them."""

from collections.abc import Sequence

from broker.publication import Publication, Receipt
from messages.queues import INTERNAL
from relay.outbox import relay_batch
from store.engine import open_engine
from store.outbox import Outgoing, put_outgoing
from store.transaction import transaction


class Nowhere:
    """A publisher for which one routing key leads nowhere."""

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        return [
            Receipt.UNROUTABLE if publication.routing_key == "nowhere" else Receipt.CONFIRMED
            for publication in publications
        ]

    def rest(self, seconds: float) -> None:
        raise AssertionError("there is something to do")

    def close(self) -> None:
        """Nothing is held."""


class TestUnroutable:
    def test_do_not_hold_up_those_behind_them(self, database_url: str) -> None:
        engine = open_engine(database_url)
        for key in ("nowhere", "nowhere", "due"):
            with transaction(engine) as session:
                put_outgoing(session, Outgoing(INTERNAL, key, key, b"{}"))
        unroutable: dict[int, float] = {}

        moved = [relay_batch(engine, Nowhere(), limit=2, unroutable=unroutable) for _ in range(2)]

        assert moved == [0, 1]
        assert len(unroutable) == 2
        engine.dispose()
