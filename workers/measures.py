"""What a worker counts for Prometheus: messages, calls of gateways, notices."""

import time
from collections import Counter as CountEach
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, cast

from prometheus_client import Counter, Histogram

from boot.traces import span
from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.port import Gateway
from messages.errors import Busy
from messages.read import Event
from workers.outcome import Outcome, Result

_MESSAGES = Counter(
    "billing_messages_total",
    "Messages by what became of them: applied, repeated, refused, dead_lettered, or retried.",
    ["queue", "fate"],
)
_BATCH = Histogram(
    "billing_batch_events", "Messages in one transaction.", ["queue"], buckets=(1, 3, 10, 30, 100, 300, 1_000, 5_000)
)
_AGE = Histogram(
    "billing_event_age_seconds",
    "From the time that a message names to the commit; of those in one transaction, the oldest.",
    ["queue"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 3_600, 86_400),
)
_CALLS = Counter(
    "billing_gateway_calls_total",
    "Calls of gateways: done, refused (it understood and said no), unreachable (no clear answer), failed (a bug).",
    ["gateway", "operation", "outcome"],
)
_CALL_DURATION = Histogram(
    "billing_gateway_call_duration_seconds",
    "How long calls of gateways take.",
    ["gateway", "operation"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30),
)
_NOTICES = Counter("billing_notice_attempts_total", "Attempts to send a notice.", ["kind", "channel", "fate"])

WITHOUT_A_CALL = frozenset({"takes", "minimum_minor", "step_minor"})
"""What a gateway answers by itself."""


def count_handled(queue: str, events: Sequence[Event], outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """
    Count messages that were handled in one transaction.

    Args:
        queue: theirs.
        events: at least one.
        outcomes: what became of each; those that are dead-lettered or tried again are counted by others.
        now: aware UTC, after the commit.
    """
    _BATCH.labels(queue).observe(len(events))
    _AGE.labels(queue).observe(max(0.0, (now - min(event.envelope.time for event in events)).total_seconds()))
    for result, count in CountEach(outcome.result for outcome in outcomes).items():
        if result not in (Result.REJECTED, Result.TOO_EARLY):
            _MESSAGES.labels(queue, str(result)).inc(count)


def count_others(queue: str, *, dead_lettered: int, retried: int) -> None:
    """Count messages that were dead-lettered, and deliveries that are tried again."""
    for fate, count in (("dead_lettered", dead_lettered), ("retried", retried)):
        if count:
            _MESSAGES.labels(queue, fate).inc(count)


def handled_so_far() -> int:
    """Return how many messages this process has handled since it began."""
    return sum(
        int(sample.value) for family in _MESSAGES.collect() for sample in family.samples if _is_count(sample.name)
    )


def _is_count(name: str) -> bool:
    return name.endswith("_total")


def count_notice(kind: str, channel: str, fate: str) -> None:
    """Count an attempt to send a notice; it was sent, has failed for good, or is waiting to be tried again."""
    _NOTICES.labels(kind, channel, fate).inc()


def measure_calls(gateways: Mapping[str, Gateway]) -> Mapping[str, Gateway]:
    """Return the gateways with every call of them counted and timed."""
    return {name: cast(Gateway, _MeasuredGateway(name, gateway)) for name, gateway in gateways.items()}


class _MeasuredGateway:
    """A gateway whose calls are counted; whatever else it offers is passed on."""

    def __init__(self, name: str, gateway: Gateway) -> None:
        self._name = name
        self._gateway = gateway

    def __getattr__(self, name: str) -> Any:
        offered = getattr(self._gateway, name)
        if not callable(offered) or name in WITHOUT_A_CALL:
            return offered
        return _measured(offered, self._name, name)


def _measured(offered: Callable[..., Any], gateway: str, operation: str) -> Callable[..., Any]:
    @wraps(offered)
    def call(*args: Any, **kwargs: Any) -> Any:
        measure = _Measure(gateway, operation)
        with span(f"{gateway} {operation}", kind="client"), measure:
            answer = offered(*args, **kwargs)
            if isinstance(answer, Iterator):
                # Its pages are fetched as it is read, so it is measured to its end.
                measure.goes_on = True
                return _to_the_end(answer, measure)
            return answer

    return call


def _to_the_end(answer: Iterator[Any], measure: "_Measure") -> Iterator[Any]:
    measure.goes_on = False
    with measure:
        yield from answer


class _Measure:
    """Counts one call when its block ends."""

    def __init__(self, gateway: str, operation: str) -> None:
        self._gateway = gateway
        self._operation = operation
        self.goes_on = False
        self._began = time.perf_counter()

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self.goes_on or isinstance(error, (Busy, GeneratorExit)):
            return
        _CALL_DURATION.labels(self._gateway, self._operation).observe(time.perf_counter() - self._began)
        _CALLS.labels(self._gateway, self._operation, _outcome_of(error)).inc()


def _outcome_of(error: BaseException | None) -> str:
    match error:
        case None:
            return "done"
        case CallRefused():
            return "refused"
        case UnableToReach():
            return "unreachable"
        case _:
            return "failed"
