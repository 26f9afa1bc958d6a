"""The expiry sweep: ends are told once and on time, rests are booked once the late window has closed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import orjson
import pytest
from sqlalchemy import text

from broker.delivery import Delivery
from domain.minutes.rules import Rules
from messages.minutes.reminders import ExpirySweepRequested
from messages.queues import DUE, INTERNAL
from messages.read import Event, read
from messages.write import write
from store.minutes.book import lock_account
from store.transaction import transaction
from tests.workers.deliveries import due_worker
from tests.workers.events import DAY, HOUR, INSTANT, NOW, grant, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context
from workers.minutes.chunks import CHUNK
from workers.minutes.expire import Swept, sweep
from workers.reminders import remind

WINDOW = Rules().late_window


def reminder(message_id: str = "a reminder", *, at: datetime = NOW) -> Event:
    """A reminder to sweep, as the worker reads it."""
    _, body = write(ExpirySweepRequested, {}, at=at, message_id=message_id)
    [event] = read(body, queue=DUE)
    assert isinstance(event, Event)
    return event


def swept(harness: MinutesHarness, now: datetime, message_id: str = "a reminder") -> Swept:
    """Sweep once."""
    return sweep(Context(harness.engine, harness.rules, clock=lambda: now), reminder(message_id))


class TestTelling:
    def test_nothing_is_emitted_an_instant_before_the_end(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW))

        assert swept(own_harness, NOW - INSTANT) == Swept(0, 0)
        assert own_harness.facts("package.expired") == []

    def test_the_end_is_emitted_on_time_and_once(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW), usage(own_harness.account, 30))

        assert swept(own_harness, NOW, "first") == Swept(1, 0)
        assert swept(own_harness, NOW, "second") == Swept(0, 0)
        assert swept(own_harness, NOW + HOUR, "third") == Swept(0, 0)

        [fact] = own_harness.facts("package.expired")
        [package] = own_harness.packages()
        assert fact["data"] == {
            "package_id": str(package["id"]),
            "kind": "purchased",
            "expired_at": "2026-11-23T12:00:00Z",
            "unused_seconds": 70,
        }
        assert own_harness.facts("balance.changed")[-1]["data"] == {
            "sequence": 2,
            "available_seconds": 0,
            "debt_seconds": 0,
        }
        assert package["expiry_announced_at"] == NOW
        assert own_harness.entries() == [("grant", 100), ("burn", -30)]

    def test_an_empty_package_ends_in_silence(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW), usage(own_harness.account, 100))

        swept(own_harness, NOW)

        assert own_harness.facts("package.expired") == []
        assert len(own_harness.facts("balance.changed")) == 1

    def test_an_account_that_is_in_use_is_left_to_the_next_sweep(self, own_harness: MinutesHarness) -> None:
        later = NOW + WINDOW + INSTANT
        own_harness.apply(grant("busy", 100, expires_at=NOW), grant("idle", 100, expires_at=NOW))

        with transaction(own_harness.engine) as session:
            lock_account(session, "busy")
            # Nobody is waited for: the lock is held by this very thread.
            meanwhile = swept(own_harness, later, "meanwhile")
        afterwards = swept(own_harness, later, "afterwards")

        assert (meanwhile, afterwards) == (Swept(1, 1), Swept(1, 1))

    def test_two_sweeps_at_once_tell_once(self, own_harness: MinutesHarness) -> None:
        accounts = [f"account-{number}" for number in range(40)]
        own_harness.apply(*(grant(account, 100, expires_at=NOW) for account in accounts))

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda number: swept(own_harness, NOW, str(number)), range(4)))

        assert sum(each.announced for each in found) == 40
        emitted = own_harness.select("SELECT 1 FROM outbox WHERE routing_key = 'screph.package.expired.v1'")
        assert len(emitted) == 40


class TestBooking:
    def test_nothing_is_booked_while_late_usage_may_still_come(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW))

        assert swept(own_harness, NOW + WINDOW).booked == 0
        assert own_harness.packages()[0]["left_seconds"] == 100

    def test_the_rest_is_booked_once_the_late_window_has_closed(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW), usage(own_harness.account, 30))

        assert swept(own_harness, NOW + WINDOW + INSTANT).booked == 1
        assert swept(own_harness, NOW + WINDOW + DAY, "later").booked == 0

        [package] = own_harness.packages()
        assert (package["left_seconds"], package["expired_seconds"]) == (0, 70)
        [entry] = own_harness.select("SELECT seconds, effective_at FROM entry WHERE kind = 'expire'")
        assert entry == {"seconds": -70, "effective_at": NOW}

    def test_late_usage_in_between_still_burns_the_ended_package(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW))
        swept(own_harness, NOW + HOUR, "told")

        own_harness.apply(usage(own_harness.account, 40, at=NOW - HOUR), now=NOW + WINDOW - HOUR)
        swept(own_harness, NOW + WINDOW + INSTANT, "booked")

        assert own_harness.entries() == [("grant", 100), ("burn", -40), ("expire", -60)]
        assert own_harness.row()["debt_seconds"] == 0

    def test_usage_after_the_window_burns_nothing_of_it(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW))

        own_harness.apply(usage(own_harness.account, 100, at=NOW - HOUR), now=NOW + WINDOW)

        assert own_harness.row()["debt_seconds"] == 100

    def test_more_packages_than_one_transaction_takes(self, own_harness: MinutesHarness) -> None:
        number = CHUNK + 30
        for start in range(0, number, 100):
            accounts = range(start, min(start + 100, number))
            own_harness.apply(*(grant(f"account-{n}", 100, expires_at=NOW) for n in accounts))

        assert swept(own_harness, NOW + WINDOW + INSTANT) == Swept(number, number)

        not_done = "SELECT 1 FROM package WHERE has_left OR expiry_announced_at IS NULL OR announce_at IS NOT NULL"
        assert own_harness.select(not_done) == []
        causes = own_harness.select("SELECT DISTINCT message_id FROM entry WHERE kind = 'expire'")
        assert len(causes) == 1

    def test_several_sweeps_at_once_share_what_is_due_and_do_each_once(self, own_harness: MinutesHarness) -> None:
        number = 3 * CHUNK
        for start in range(0, number, 100):
            own_harness.apply(*(grant(f"account-{n}", 100, expires_at=NOW) for n in range(start, start + 100)))
        later = NOW + WINDOW + INSTANT

        with ThreadPoolExecutor(3) as threads:
            found = list(threads.map(lambda each: swept(own_harness, later, str(each)), range(3)))
        # What another sweep had locked in passing is left to the next.
        found.append(swept(own_harness, later, "the next"))

        assert sum(each.announced for each in found) == sum(each.booked for each in found) == number
        for query in (
            "SELECT 1 FROM entry WHERE kind = 'expire'",
            "SELECT 1 FROM outbox WHERE routing_key = 'screph.package.expired.v1'",
        ):
            assert len(own_harness.select(query)) == number

    def test_many_packages_of_one_account(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(*(grant(own_harness.account, 10, expires_at=NOW) for _ in range(60)))

        assert swept(own_harness, NOW + WINDOW + INSTANT) == Swept(60, 60)
        assert swept(own_harness, NOW + WINDOW + INSTANT, "again") == Swept(0, 0)

    def test_a_repeated_reminder_books_nothing_twice(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW))
        later = NOW + WINDOW + INSTANT

        assert [swept(own_harness, later), swept(own_harness, later)] == [Swept(1, 1), Swept(0, 0)]

    def test_a_sweep_with_nothing_to_do_leaves_no_trace(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100))

        swept(own_harness, NOW, "in vain")

        assert own_harness.select("SELECT 1 FROM inbox WHERE event_id = 'in vain'") == []

    def test_sweeps_and_usage_at_once_lose_no_second(self, own_harness: MinutesHarness) -> None:
        accounts = [f"account-{number}" for number in range(20)]
        own_harness.apply(*(grant(account, 1_000, expires_at=NOW) for account in accounts))
        later = NOW + WINDOW + INSTANT

        def use(number: int) -> None:
            late = [usage(account, 10, at=NOW - HOUR) for account in accounts]
            own_harness.apply(*(late if number % 2 else reversed(late)), now=NOW + WINDOW - HOUR)

        with ThreadPoolExecutor(6) as threads:
            uses = [threads.submit(use, number) for number in range(8)]
            sweeps = [threads.submit(swept, own_harness, later, f"sweep {number}") for number in range(3)]
            for each in uses:
                each.result()
        # Accounts that were in use are left to the next sweep.
        last = swept(own_harness, later, "the next sweep")

        assert sum(each.result().booked for each in sweeps) + last.booked == 20
        rows = own_harness.select("SELECT left_seconds FROM package")
        assert {row["left_seconds"] for row in rows} == {0}


class TestRemind:
    def test_a_slot_is_turned_into_one_reminder_that_the_worker_understands(self, own_harness: MinutesHarness) -> None:
        won = [remind(own_harness.engine, ExpirySweepRequested, job="expiry-sweep", slot=NOW) for _ in range(2)]

        assert won == [True, False]
        [row] = own_harness.select("SELECT exchange, routing_key, body, message_id FROM outbox")
        assert (row["exchange"], row["routing_key"]) == (INTERNAL, DUE)
        [event] = read(bytes(row["body"]), queue=DUE)
        assert isinstance(event, Event)
        assert event.envelope.id == row["message_id"] == orjson.loads(bytes(row["body"]))["id"]

    def test_a_reminder_that_cannot_be_written_leaves_its_slot_free(self, own_harness: MinutesHarness) -> None:
        with transaction(own_harness.engine) as session:
            session.execute(text("ALTER TABLE outbox ADD CONSTRAINT no_room CHECK (exchange = '')"))
        with pytest.raises(Exception, match="no_room"):
            remind(own_harness.engine, ExpirySweepRequested, job="expiry-sweep", slot=NOW)
        with transaction(own_harness.engine) as session:
            session.execute(text("ALTER TABLE outbox DROP CONSTRAINT no_room"))

        assert remind(own_harness.engine, ExpirySweepRequested, job="expiry-sweep", slot=NOW)


class TestDueQueue:
    def test_a_delivered_reminder_sweeps(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW))
        worker = due_worker(own_harness)

        worker([_delivery(reminder().body)])

        assert len(own_harness.facts("package.expired")) == 1

    def test_nonsense_is_dead_lettered(self, own_harness: MinutesHarness) -> None:
        worker = due_worker(own_harness)

        worker([_delivery(b"nonsense"), _delivery(b'{"type": "screph.usage.reported.v1"}')])

        letters = own_harness.select("SELECT queue, code FROM dead_letter ORDER BY code")
        assert [(row["queue"], row["code"]) for row in letters] == [(DUE, "NotJson"), (DUE, "UnknownType")]


def _delivery(body: bytes) -> Delivery:
    return Delivery(DUE, INTERNAL, DUE, body)
