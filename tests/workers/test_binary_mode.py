"""CloudEvents in binary mode are booked as those in structured mode are, and lose no header when they cannot be."""

import dataclasses

import orjson
import pytest

from broker.delivery import MAX_REDELIVERIES, Delivery
from broker.properties import MAX_DEPTH, write_properties
from messages.queues import INGRESS, MINUTE_USAGE
from store.dead_letters import DeadLetterLine, UnableToResolve, find_dead_letters, get_dead_letter
from store.outbox import lock_oldest
from store.reading import reading
from store.transaction import transaction
from tests.workers.deliveries import delivery, usage_worker
from tests.workers.events import Json, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context
from workers.dead_letters import replay


class TestBinaryMode:
    @pytest.mark.parametrize("prefix", ["cloudEvents:", "cloudEvents_"])
    @pytest.mark.parametrize("content_type", ["application/json", None])
    def test_is_booked(self, own_harness: MinutesHarness, prefix: str, content_type: str | None) -> None:
        event = usage(own_harness.account, 100)

        usage_worker(own_harness)([_binary(event, prefix=prefix, content_type=content_type)])

        assert [row["used_seconds"] for row in own_harness.usages()] == [100]
        assert _letters(own_harness) == []

    def test_books_nothing_for_an_account_that_is_named_in_latin_1(self, own_harness: MinutesHarness) -> None:
        event = usage(own_harness.account, 100)
        latin = _binary(event | {"subject": "caf\0"})
        latin = dataclasses.replace(latin, properties=latin.properties.replace(b"caf\0", b"caf\xe9"))

        usage_worker(own_harness)([latin, _binary(event)])

        [letter] = _letters(own_harness)
        assert (letter.code, letter.event_id) == ("Invalid", None)
        assert "the attribute subject is not UTF-8" in letter.reason
        assert own_harness.select("SELECT id FROM account") == [{"id": own_harness.account}]
        with pytest.raises(UnableToResolve, match="subject is not UTF-8"):
            replay(_context(own_harness), letter.id, by="somebody")

    def test_is_booked_beside_a_header_that_is_nested_too_deeply(self, own_harness: MinutesHarness) -> None:
        deep: Json = {}
        for _ in range(2 * MAX_DEPTH):
            deep = {"deep": deep}
        event = usage(own_harness.account, 100)
        headers = {f"cloudEvents:{name}": value for name, value in event.items() if name != "data"}
        properties = write_properties(headers={"app": deep} | headers)

        usage_worker(own_harness)([dataclasses.replace(_binary(event), properties=properties)])

        assert [row["used_seconds"] for row in own_harness.usages()] == [100]

    def test_is_the_same_event_as_in_structured_mode(self, own_harness: MinutesHarness) -> None:
        event = usage(own_harness.account, 100)
        worker = usage_worker(own_harness)

        worker([_binary(event)])
        worker([delivery(event)])

        assert len(own_harness.usages()) == 1
        assert _letters(own_harness) == []

    def test_makes_a_letter_of_each_message_although_the_data_are_equal(self, own_harness: MinutesHarness) -> None:
        """Three of them became one dead letter without headers."""
        events = [usage(own_harness.account, 0) for _ in range(3)]

        usage_worker(own_harness)([_binary(event) for event in events])

        letters = _letters(own_harness)
        assert {letter.event_id for letter in letters} == {event["id"] for event in events}
        assert {(letter.headers or {})["cloudEvents:id"] for letter in letters} == {event["id"] for event in events}
        assert [letter.code for letter in letters] == ["Invalid"] * 3
        assert [(letter.properties or {})["content_type"] for letter in letters] == ["application/json"] * 3

    def test_counts_the_same_message_again(self, own_harness: MinutesHarness) -> None:
        bad = _binary(usage(own_harness.account, 0))

        usage_worker(own_harness)([bad, bad])

        assert [letter.seen for letter in _letters(own_harness)] == [2]

    def test_says_what_is_wrong_with_other_data_than_json(self, own_harness: MinutesHarness) -> None:
        event = usage(own_harness.account, 100)

        usage_worker(own_harness)([dataclasses.replace(_binary(event, content_type="text/xml"), body=b"<seconds/>")])

        [letter] = _letters(own_harness)
        assert letter.code == "NotJson"
        assert "text/xml" in letter.reason

    def test_in_the_names_of_another_binding_is_explained(self, own_harness: MinutesHarness) -> None:
        event = usage(own_harness.account, 100)

        usage_worker(own_harness)([_binary(event, prefix="ce-")])

        [letter] = _letters(own_harness)
        assert letter.code == "UnknownType"
        assert "'ce-specversion' is no attribute" in letter.reason

    def test_is_replayed_as_the_event_that_it_is(self, own_harness: MinutesHarness) -> None:
        event = usage(own_harness.account, 0)
        usage_worker(own_harness)([_binary(event)])
        [letter] = _letters(own_harness)

        with transaction(own_harness.engine) as session:
            body = get_dead_letter(session, letter.id).body
        replay(_context(own_harness), letter.id, by="somebody")

        assert orjson.loads(body) == event["data"]
        with transaction(own_harness.engine) as session:
            [sent] = [
                each.message for each in lock_oldest(session) if each.message.message_id == f"dead-letter-{letter.id}"
            ]
        replayed = orjson.loads(sent.body)
        assert {name: replayed[name] for name in event} == event

    def test_is_not_replayed_when_it_is_no_event(self, own_harness: MinutesHarness) -> None:
        usage_worker(own_harness)([dataclasses.replace(_binary(usage(own_harness.account, 1)), body=b"{")])
        [letter] = _letters(own_harness)

        with pytest.raises(UnableToResolve, match="not JSON"):
            replay(_context(own_harness), letter.id, by="somebody")


class TestADeadLetter:
    def test_has_the_headers_of_a_message_in_structured_mode(self, own_harness: MinutesHarness) -> None:
        properties = write_properties(content_type="application/cloudevents+json", headers={"subject": "user-1"})

        usage_worker(own_harness)([dataclasses.replace(delivery(b"nonsense"), properties=properties)])

        [letter] = _letters(own_harness)
        assert letter.headers == {"subject": "user-1"}
        assert letter.properties == {"content_type": "application/cloudevents+json"}

    def test_is_one_that_came_again_and_again_and_was_never_answered(self, own_harness: MinutesHarness) -> None:
        worn = dataclasses.replace(delivery(usage(own_harness.account, 1)), redeliveries=MAX_REDELIVERIES)
        fresh = dataclasses.replace(delivery(usage(own_harness.account, 2)), redeliveries=MAX_REDELIVERIES - 1)

        usage_worker(own_harness)([worn, fresh])

        assert [row["used_seconds"] for row in own_harness.usages()] == [2]
        [letter] = _letters(own_harness)
        assert letter.code == "NeverAnswered"
        assert str(MAX_REDELIVERIES) in letter.reason


def _binary(event: Json, *, prefix: str = "cloudEvents:", content_type: str | None = "application/json") -> Delivery:
    attributes = {f"{prefix}{name}": value for name, value in event.items() if name != "data"}
    properties = write_properties(content_type=content_type, delivery_mode=2, headers=attributes)
    return Delivery(MINUTE_USAGE, INGRESS, MINUTE_USAGE, orjson.dumps(event["data"]), properties)


def _letters(harness: MinutesHarness) -> list[DeadLetterLine]:
    with reading(harness.engine) as session:
        return find_dead_letters(session)


def _context(harness: MinutesHarness) -> Context:
    return Context(harness.engine, harness.rules)
