"""What workers count: fates of messages, and calls of gateways by how they ended."""

import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY

from boot.logs import JsonLines
from broker.delivery import DeliveriesFailed
from domain.gateway.errors import NotFound, UnableToReach
from domain.gateway.port import Gateway
from messages.errors import Busy
from messages.queues import MINUTE_USAGE
from tests.workers.deliveries import delivery, usage_worker
from tests.workers.events import spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.consume import Consumer
from workers.context import Context
from workers.measures import measure_calls


def counted(name: str, **labels: str) -> float:
    """The present value of one time series."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def fates() -> dict[str, float]:
    """How many messages of usage had each fate so far."""
    names = ("applied", "repeated", "refused", "dead_lettered", "retried")
    return {fate: counted("billing_messages_total", queue=MINUTE_USAGE, fate=fate) for fate in names}


class TestMessages:
    def test_are_counted_by_what_became_of_them(self, harness: MinutesHarness) -> None:
        first = usage(harness.account, 60)
        too_much = spend(harness.account, 10_000)
        before = fates()

        usage_worker(harness)([delivery(first), delivery(usage(harness.account, 5)), delivery(too_much)])
        usage_worker(harness)([delivery(first), delivery(b"no json")])

        grown = {fate: now - before[fate] for fate, now in fates().items()}
        assert grown == {"applied": 2, "repeated": 1, "refused": 1, "dead_lettered": 1, "retried": 0}

    def test_that_failed_are_counted_as_retried(self, harness: MinutesHarness) -> None:
        def fail(*_: Any) -> Any:
            raise ZeroDivisionError

        consumer = Consumer(Context(harness.engine), MINUTE_USAGE, fail)
        before = fates()

        with pytest.raises(DeliveriesFailed):
            consumer([delivery(usage(harness.account, 1))])

        assert fates()["retried"] == before["retried"] + 1

    def test_leave_how_many_a_transaction_had_and_how_old_they_were(self, harness: MinutesHarness) -> None:
        names = ("billing_batch_events_sum", "billing_batch_events_count", "billing_event_age_seconds_count")
        before = [counted(name, queue=MINUTE_USAGE) for name in names]

        usage_worker(harness)([delivery(usage(harness.account, 1)), delivery(usage(harness.account, 2))])

        after = [counted(name, queue=MINUTE_USAGE) for name in names]
        assert [new - old for new, old in zip(after, before, strict=True)] == [2, 1, 1]

    def test_are_named_in_the_log_while_they_are_handled(self, harness: MinutesHarness) -> None:
        lines: list[dict[str, Any]] = []
        event = usage(harness.account, 1)

        def handle(*_: Any) -> Any:
            record = logging.LogRecord("tests", logging.INFO, __file__, 1, "busy", (), None)
            lines.append(json.loads(JsonLines().format(record)))
            raise ZeroDivisionError

        with pytest.raises(DeliveriesFailed):
            Consumer(Context(harness.engine), MINUTE_USAGE, handle)([delivery(event)])

        assert [(line["queue"], line["messages"]) for line in lines] == [(MINUTE_USAGE, [event["id"]])]


class Moody:
    """A gateway of which each call ends in another way."""

    name = "moody"

    def fetch_payment(self, ref: str) -> str:
        """Do, refuse, or give no answer, as the ref says."""
        errors = {
            "unknown": NotFound("no_such_payment", "there is none"),
            "away": UnableToReach("no answer"),
            "bug": ZeroDivisionError(),
            "busy": Busy("later", wait_seconds=1),
        }
        if ref in errors:
            raise errors[ref]
        return ref

    def list_recent(self, since: int, until: int) -> Iterator[int]:
        """Go through some objects; after the third the gateway is away."""
        yield from range(since, until)
        if until > 3:
            raise UnableToReach("no answer")

    def takes(self, price: object) -> bool:
        """Answer without a call."""
        return True


class TestCallsOfGateways:
    gateway = measure_calls({"moody": cast(Gateway, Moody())})["moody"]

    def count(self, outcome: str, operation: str = "fetch_payment") -> float:
        return counted("billing_gateway_calls_total", gateway="moody", operation=operation, outcome=outcome)

    @pytest.mark.parametrize(
        ("ref", "outcome", "error"),
        [
            ("unknown", "refused", NotFound),
            ("away", "unreachable", UnableToReach),
            ("bug", "failed", ZeroDivisionError),
        ],
    )
    def test_are_counted_by_how_they_ended(self, ref: str, outcome: str, error: type[Exception]) -> None:
        before = self.count(outcome)

        with pytest.raises(error):
            self.gateway.fetch_payment(ref)

        assert self.count(outcome) == before + 1

    def test_that_are_done_are_counted_and_answer(self) -> None:
        before = self.count("done")

        assert cast(Any, self.gateway.fetch_payment("p-1")) == "p-1"
        assert self.count("done") == before + 1

    def test_for_which_there_was_no_place_are_none(self) -> None:
        before = sum(self.count(outcome) for outcome in ("done", "refused", "unreachable", "failed"))

        with pytest.raises(Busy):
            self.gateway.fetch_payment("busy")

        assert sum(self.count(outcome) for outcome in ("done", "refused", "unreachable", "failed")) == before

    def test_whose_answer_comes_bit_by_bit_are_counted_at_its_end(self) -> None:
        gateway = cast(Any, self.gateway)
        listed = gateway.list_recent(0, 3)
        before = self.count("done", "list_recent")

        assert next(listed) == 0
        assert self.count("done", "list_recent") == before
        assert list(listed) == [1, 2]
        assert self.count("done", "list_recent") == before + 1

    def test_whose_answer_breaks_off_count_as_unreachable(self) -> None:
        before = self.count("unreachable", "list_recent")

        with pytest.raises(UnableToReach):
            list(cast(Any, self.gateway).list_recent(0, 5))

        assert self.count("unreachable", "list_recent") == before + 1

    def test_that_are_none_are_not_counted(self) -> None:
        assert cast(Any, self.gateway).takes(None) is True
        assert self.gateway.name == "moody"
        assert self.count("done", "takes") == 0
