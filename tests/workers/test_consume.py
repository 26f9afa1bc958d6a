"""The consume loop: poison hurts itself alone, a store that is away is waited for, and a shutdown loses nothing."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from broker.delivery import DeliveriesFailed, Delivery
from broker.memory import MemoryBroker, MemoryPublisher
from broker.middleware import GiveBack, Retries
from broker.publication import Publication
from messages.errors import Unavailable
from messages.queues import FACTS, INGRESS, INTERNAL, MINUTE_USAGE, SALES, WEBHOOKS
from store.engine import open_engine
from store.errors import Conflict
from store.migrate import migrate
from store.transaction import transaction
from tests.broker.proxy import proxied
from tests.broker.worker import PATIENCE_S, running_worker_on
from tests.servers.postgres import PrivatePostgres
from tests.servers.waiting import wait_until
from tests.workers.deliveries import usage_worker
from tests.workers.events import Json, body, grant, reversal, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.consume import Consumer, TooEarly
from workers.transact import transact


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    """A PostgreSQL that may be stopped; each test leaves it running."""
    with PrivatePostgres() as server:
        yield server


class TestPoison:
    """A database error on one event rolls its whole batch back; only that event may suffer."""

    def test_one_event_that_the_database_refuses_hurts_only_itself(self, own_harness: MinutesHarness) -> None:
        _refuse_poison(own_harness)
        worker = _worker(own_harness)
        events = [usage(own_harness.account, 100) for _ in range(6)]
        events[2]["data"]["feature"] = "poison"

        with pytest.raises(DeliveriesFailed) as failed:
            worker([_delivery(each) for each in events])

        assert failed.value.failures.keys() == {2}
        assert len(own_harness.usages()) == 5
        assert own_harness.row()["debt_seconds"] == 500

    def test_a_good_batch_is_one_transaction_and_a_poisoned_one_is_several(self, own_harness: MinutesHarness) -> None:
        _refuse_poison(own_harness)
        events = [usage(own_harness.account, 100) for _ in range(4)]
        poison = usage(own_harness.account, 100, more={"feature": "poison"})

        _worker(own_harness)([_delivery(each) for each in events[:2]])
        with pytest.raises(DeliveriesFailed):
            _worker(own_harness)([_delivery(each) for each in [*events[2:], poison]])

        assert [fact["data"]["sequence"] for fact in own_harness.facts("balance.changed")] == [1, 2, 3]

    def test_an_array_with_a_poisoned_element_fails_as_a_delivery_and_repeats_harmlessly(
        self, own_harness: MinutesHarness
    ) -> None:
        _refuse_poison(own_harness)
        array = _delivery(usage(own_harness.account, 1), usage(own_harness.account, 2, more={"feature": "poison"}))
        other = _delivery(usage(own_harness.account, 100))
        worker = _worker(own_harness)

        for _ in range(2):
            with pytest.raises(DeliveriesFailed) as failed:
                worker([array, other])
            assert failed.value.failures.keys() == {0}
        _refuse_poison(own_harness, is_refused=False)
        worker([array, other])

        assert sorted(row["used_seconds"] for row in own_harness.usages()) == [1, 2, 100]

    def test_every_event_poisoned_is_every_delivery_failed(self, own_harness: MinutesHarness) -> None:
        _refuse_poison(own_harness)
        poison = [_delivery(usage(own_harness.account, 1, more={"feature": "poison"})) for _ in range(3)]

        with pytest.raises(DeliveriesFailed) as failed:
            _worker(own_harness)(poison)

        assert failed.value.failures.keys() == {0, 1, 2}
        assert own_harness.select("SELECT 1 FROM inbox") == []

    def test_a_correction_that_came_too_early_fails_alone(self, own_harness: MinutesHarness) -> None:
        used = usage(own_harness.account, 100)
        deliveries = [_delivery(reversal(own_harness.account, used["id"])), _delivery(used)]

        with pytest.raises(DeliveriesFailed) as failed:
            _worker(own_harness)(deliveries)

        assert [type(error) for error in failed.value.failures.values()] == [TooEarly]
        assert failed.value.failures.keys() == {0}
        _worker(own_harness)(deliveries[:1])
        assert own_harness.row()["debt_seconds"] == 0

    def test_through_a_broker_a_poisoned_event_is_dead_lettered_and_the_others_are_applied(
        self, own_harness: MinutesHarness
    ) -> None:
        _refuse_poison(own_harness)
        broker = MemoryBroker(middleware=[Retries(max_retries=5, min_backoff_ms=20)])
        poison = body(usage(own_harness.account, 1, more={"feature": "poison"}))
        early = usage(own_harness.account, 300)
        _publish(broker, body(reversal(own_harness.account, early["id"])))
        with running_worker_on(broker, MINUTE_USAGE, _worker(own_harness)):
            _publish(broker, *(body(usage(own_harness.account, 100)) for _ in range(20)), poison, body(early))
            assert broker.wait_until_idle(PATIENCE_S)

        assert [letter.body for letter in broker.dead_deliveries] == [poison]
        assert own_harness.row()["debt_seconds"] == 2_000
        assert len(own_harness.usages()) == 21


class TestExchanges:
    """RabbitMQ's rights say who may write to which exchange; so the exchange says what a message may do."""

    @pytest.mark.parametrize("exchange", [INGRESS, WEBHOOKS, INTERNAL, FACTS, "amq.direct"])
    def test_a_grant_counts_only_when_it_came_through_the_exchange_of_sales(
        self, own_harness: MinutesHarness, exchange: str
    ) -> None:
        granting = grant(own_harness.account, 999_999)

        _worker(own_harness)([_delivery(granting, exchange=exchange)])

        [letter] = own_harness.select("SELECT code, reason, exchange, event_id FROM dead_letter")
        assert (letter["code"], letter["exchange"], letter["event_id"]) == ("WrongExchange", exchange, granting["id"])
        assert letter["reason"] == (
            f"screph.package.grant_requested.v1 came through exchange {exchange}; it counts only through screph.sales"
        )
        assert own_harness.select("SELECT id FROM package") == []

        _worker(own_harness)([_delivery(granting)])

        assert own_harness.balance().available_seconds == 999_999

    def test_a_correction_counts_only_when_it_came_through_the_exchange_of_sales(
        self, own_harness: MinutesHarness
    ) -> None:
        used = usage(own_harness.account, 300)
        correction = reversal(own_harness.account, used["id"])

        _worker(own_harness)([_delivery(used, exchange=INGRESS), _delivery(correction, exchange=INGRESS)])

        assert own_harness.row()["debt_seconds"] == 300
        _worker(own_harness)([_delivery(correction)])
        assert own_harness.row()["debt_seconds"] == 0

    def test_in_an_array_only_what_may_not_come_is_dead_lettered(self, own_harness: MinutesHarness) -> None:
        events = [usage(own_harness.account, 100), grant(own_harness.account, 500), spend(own_harness.account, 50)]

        _worker(own_harness)([_delivery(*events, exchange=INGRESS)])

        [letter] = own_harness.select("SELECT event_id FROM dead_letter")
        assert letter["event_id"] == events[1]["id"]
        assert own_harness.row()["debt_seconds"] == 100

    def test_a_message_that_is_tried_again_keeps_the_exchange_it_came_through(
        self, own_harness: MinutesHarness
    ) -> None:
        broker = MemoryBroker(middleware=[Retries(max_retries=5, min_backoff_ms=20)])
        early, later = usage(own_harness.account, 300), usage(own_harness.account, 200)
        forged = body(reversal(own_harness.account, later["id"]))
        with running_worker_on(broker, MINUTE_USAGE, _worker(own_harness)):
            _publish(broker, body(reversal(own_harness.account, early["id"])))
            _publish(broker, forged, exchange=INGRESS)
            wait_until(lambda: bool(broker.delayed), "the correction waits", limit_s=PATIENCE_S)
            _publish(broker, body(early), body(later), exchange=INGRESS)
            assert broker.wait_until_idle(PATIENCE_S)

        assert own_harness.row()["debt_seconds"] == 200


class TestAStoreThatIsAway:
    def test_is_waited_for_and_then_everything_is_applied_once(self, postgres: PrivatePostgres) -> None:
        harness = _harness(postgres)
        events = [grant(harness.account, 1_000), *(usage(harness.account, 10) for _ in range(50))]
        worker = _worker(harness)
        worker([_delivery(events[0])])  # so that there are connections to lose
        postgres.stop_immediate()
        consuming = _InBackground(lambda: worker([_delivery(each) for each in events]))

        # Longer than the first pauses of its back-off, so that it has tried more than once.
        assert not consuming.has_ended_within(0.5)
        postgres.start()

        consuming.result()
        assert harness.balance().available_seconds == 500
        assert len(harness.usages()) == 50
        harness.engine.dispose()

    def test_is_not_waited_for_by_a_process_that_is_to_end(self, postgres: PrivatePostgres) -> None:
        harness = _harness(postgres)
        stopping = threading.Event()
        worker = usage_worker(harness, stopping)
        used = _delivery(usage(harness.account, 100))
        postgres.stop_immediate()
        try:
            consuming = _InBackground(lambda: worker([used]))
            assert not consuming.has_ended_within(0.3)

            stopping.set()

            with pytest.raises(GiveBack):
                consuming.result()
        finally:
            postgres.start()
        _worker(harness)([used])
        assert harness.row()["debt_seconds"] == 100
        harness.engine.dispose()

    def test_a_worker_that_ends_meanwhile_leaves_its_deliveries_in_the_queue(self, postgres: PrivatePostgres) -> None:
        harness = _harness(postgres)
        stopping = threading.Event()
        broker = MemoryBroker(middleware=[Retries(min_backoff_ms=10)])
        used = body(usage(harness.account, 100))
        postgres.stop_immediate()
        try:
            _publish(broker, used)
            with running_worker_on(broker, MINUTE_USAGE, usage_worker(harness, stopping)):
                wait_until(lambda: broker.under_way == 1, "it is under way", limit_s=PATIENCE_S)
                stopping.set()
        finally:
            postgres.start()

        assert [(each.body, each.retries) for each in broker.waiting[MINUTE_USAGE]] == [(used, 0)]
        assert not broker.delayed
        assert not broker.dead_deliveries
        harness.engine.dispose()

    def test_a_commit_whose_answer_was_lost_is_not_repeated(
        self, own_harness: MinutesHarness, database_url: str
    ) -> None:
        """Nobody can know then whether it was done; the inbox does."""
        given, request = grant(own_harness.account, 1_000), spend(own_harness.account, 100)
        own_harness.apply(given)
        with proxied(database_url) as proxy:
            engine = open_engine(proxy.url)
            with transaction(engine) as session:
                session.execute(text("SELECT 1"))
            worker = usage_worker(MinutesHarness(engine, own_harness.rules))
            proxy.lines[0].hold_answers_at = b"COMMIT"

            consuming = _InBackground(lambda: worker([_delivery(request)]))
            wait_until(lambda: len(own_harness.usages()) == 1, "it is committed", limit_s=PATIENCE_S)
            assert not consuming.has_ended_within(0.1)
            proxy.lines[0].cut()

            consuming.result()
            engine.dispose()

        assert own_harness.packages()[0]["consumed_seconds"] == 100
        assert len(own_harness.facts("balance.changed")) == 2
        answers = own_harness.facts("spend.accepted")
        assert len({fact["id"] for fact in answers}) == 1


class TestPersistence:
    def test_does_the_work_once_where_nothing_is_wrong(self) -> None:
        calls: list[int] = []

        assert transact(lambda: calls.append(1) or "done", stopping=threading.Event()) == "done"
        assert calls == [1]

    @pytest.mark.parametrize("fault", [Conflict("in the way"), Unavailable("away")])
    def test_repeats_what_may_succeed_next_time(self, fault: Exception) -> None:
        faults = [fault, fault]

        assert transact(lambda: _raise_next(faults), stopping=threading.Event()) == "done"

    def test_does_not_repeat_a_bug(self) -> None:
        faults: list[Exception] = [ValueError("a bug"), ValueError("again")]

        with pytest.raises(ValueError, match="a bug"):
            transact(lambda: _raise_next(faults), stopping=threading.Event())
        assert len(faults) == 1

    def test_gives_back_at_once_when_the_process_ends(self) -> None:
        stopping = threading.Event()
        stopping.set()
        started = time.monotonic()

        with pytest.raises(GiveBack):
            transact(lambda: _raise_next([Unavailable("away")] * 99), stopping=stopping)
        assert time.monotonic() - started < 1

    def test_finishes_what_succeeds_although_the_process_ends(self) -> None:
        stopping = threading.Event()
        stopping.set()

        assert transact(lambda: "done", stopping=stopping) == "done"


class _InBackground:
    """Work in a thread of its own, with its result or its error."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def has_ended_within(self, seconds: float) -> bool:
        """Wait so long at the most, and tell whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> None:
        """Wait for the end and raise what went wrong."""
        assert self.has_ended_within(30)
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  handed to the test
            self._error = error


def _worker(harness: MinutesHarness) -> Consumer:
    return usage_worker(harness)


def _harness(postgres: PrivatePostgres) -> MinutesHarness:
    url = postgres.new_database(f"desk_{time.monotonic_ns()}")
    migrate(url)
    return MinutesHarness(open_engine(url))


def _delivery(*events: Json, exchange: str = SALES) -> Delivery:
    return Delivery(MINUTE_USAGE, exchange, MINUTE_USAGE, body(*events))


def _publish(broker: MemoryBroker, *bodies: bytes, exchange: str = SALES) -> None:
    MemoryPublisher(broker).publish([Publication(exchange, MINUTE_USAGE, "id", each) for each in bodies])


def _refuse_poison(harness: MinutesHarness, *, is_refused: bool = True) -> None:
    """Let the database refuse usages of one feature, as it would a value that only it finds wrong."""
    change = "ADD CONSTRAINT no_poison CHECK (feature <> 'poison')" if is_refused else "DROP CONSTRAINT no_poison"
    with transaction(harness.engine) as session:
        session.execute(text(f"ALTER TABLE inbox {change}"))


def _raise_next(faults: list[Exception]) -> str:
    if faults:
        raise faults.pop(0)
    return "done"
