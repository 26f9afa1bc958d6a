"""A traceparent travels with a message, is no part of its content, and never a reason to refuse it."""

from typing import Any

import orjson
import pytest

from messages.asyncapi.document import document
from messages.fields import TRACEPARENT
from messages.minutes.facts import BalanceChanged
from messages.queues import MINUTE_USAGE
from messages.read import Event, read
from messages.registry import CONTRACTS, Contract
from messages.write import with_traceparent, write
from tests.messages.builders import accepted, body, refused, usage
from tests.messages.test_writing import AT, BALANCE

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MALFORMED: list[Any] = [
    "",
    "00",
    TRACE.upper(),
    TRACE[:-1],
    f"{TRACE}0",
    f"{TRACE}-more",
    f"{TRACE}\n",
    f" {TRACE}",
    TRACE.replace("-", "_"),
    f"ff{TRACE[2:]}",
    f"00-{'0' * 32}-b7ad6b7169203331-01",
    f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
    f"00-{'g' * 32}-b7ad6b7169203331-01",
    "x" * 60_000,
    "\0",
    0,
    True,
    None,
    [TRACE],
    {"traceparent": TRACE},
]


class TestReading:
    @pytest.mark.parametrize("traceparent", [TRACE, f"01{TRACE[2:]}", f"{TRACE[:-2]}00"])
    def test_gives_a_traceparent_to_whoever_handles_the_event(self, traceparent: str) -> None:
        assert accepted(body(usage(traceparent=traceparent))).envelope.traceparent == traceparent

    def test_gives_none_where_there_is_none(self) -> None:
        assert accepted(body(usage())).envelope.traceparent is None

    @pytest.mark.parametrize("traceparent", MALFORMED, ids=lambda value: repr(value)[:30])
    def test_ignores_a_malformed_one(self, traceparent: Any) -> None:
        assert accepted(body(usage(traceparent=traceparent))).envelope.traceparent is None

    @pytest.mark.parametrize("traceparent", [TRACE, *MALFORMED], ids=lambda value: repr(value)[:30])
    def test_hashes_the_same_content_whatever_the_trace(self, traceparent: Any) -> None:
        assert accepted(body(usage(traceparent=traceparent))).sha256 == accepted(body(usage())).sha256

    def test_gives_each_event_of_an_array_its_own(self) -> None:

        other = f"00-{'a' * 32}-{'b' * 16}-00"

        events = read(body([usage(traceparent=TRACE), usage(traceparent=other)]), queue=MINUTE_USAGE)

        assert [event.envelope.traceparent for event in events if isinstance(event, Event)] == [TRACE, other]

    def test_gives_that_of_an_unreadable_event_to_its_dead_letter(self) -> None:
        assert refused(body(usage(data={}, traceparent=TRACE))).traceparent == TRACE
        assert refused(body(usage(data={}, traceparent="broken"))).traceparent is None
        assert refused(b"not JSON").traceparent is None


class TestWriting:
    def test_adds_it_to_a_message_that_was_written(self) -> None:
        _, written = write(BalanceChanged, BALANCE, at=AT, subject="4711", message_id="m")

        traced = with_traceparent(written, TRACE)

        assert orjson.loads(traced) == orjson.loads(written) | {"traceparent": TRACE}
        assert BalanceChanged.model_validate_json(traced).traceparent == TRACE

    @pytest.mark.parametrize("traceparent", [None, "", "broken", '","data":"'])
    def test_leaves_a_message_without_a_good_one_as_it_is(self, traceparent: str | None) -> None:
        _, written = write(BalanceChanged, BALANCE, at=AT, subject="4711", message_id="m")

        assert with_traceparent(written, traceparent) == written


class TestDocument:
    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.model.__name__)
    def test_describes_it_as_optional(self, contract: Contract) -> None:
        schema = document()["components"]["schemas"][contract.model.__name__]

        assert schema["properties"]["traceparent"]["type"] == "string"
        assert schema["properties"]["traceparent"]["pattern"] == TRACEPARENT
        assert "traceparent" not in schema["required"]

    def test_shows_one_in_an_example(self) -> None:
        examples = document()["components"]["messages"]["UsageReported"]["examples"]

        assert any("traceparent" in example["payload"] for example in examples)
