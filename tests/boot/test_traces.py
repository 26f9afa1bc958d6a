"""Traces: what a span belongs to, what a message of it carries, and that an untraced process pays nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from boot.settings import Settings, UnableToStart
from boot.spans import Masking, headers_of
from boot.traces import MAX_LINKS, span, trace_by, trace_id_now, traced, traceparent_now

TRACE, OTHER = "4bf92f3577b34da6a3ce929d0e0e4736", "5bf92f3577b34da6a3ce929d0e0e4736"
CAUSE, FOREIGN = f"00-{TRACE}-00f067aa0ba902b7-01", f"00-{OTHER}-00f067aa0ba902b7-01"


class Exported(SpanExporter):
    """Keeps the spans that have ended."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep some."""
        self.spans += spans
        return SpanExportResult.SUCCESS


@pytest.fixture
def exported() -> Iterator[Exported]:
    """Make spans for the time of a test, by a provider of its own: FastAPI does not find it."""
    exporter, provider = Exported(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(Masking())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_by(provider.get_tracer("test"))
    yield exporter
    trace_by(None)


def trace_of(found: ReadableSpan) -> str:
    """The id of a span's trace."""
    assert found.context is not None
    return f"{found.context.trace_id:032x}"


class TestSpan:
    def test_belongs_to_the_trace_of_its_one_cause(self, exported: Exported) -> None:
        with span("handle", causes=[CAUSE, CAUSE, None]):
            onward = traceparent_now(CAUSE)

        [found] = exported.spans
        assert trace_of(found) == TRACE
        assert found.parent is not None
        assert found.parent.span_id == 0x00F067AA0BA902B7
        assert onward is not None
        assert (onward[3:35], onward[36:52] != CAUSE[36:52]) == (TRACE, True)

    def test_of_a_batch_is_one_that_names_the_traces_in_it(self, exported: Exported) -> None:
        causes = [f"00-{number:032x}-00f067aa0ba902b7-01" for number in range(1, 1_001)]

        with span("handle", causes=causes, is_batch=True):
            onward, of_nobody = traceparent_now(causes[6]), traceparent_now()

        [found] = exported.spans
        assert found.parent is None
        assert len(found.links) == MAX_LINKS
        # What a message causes stays in its own trace, and what has none gets none.
        assert (onward, of_nobody) == (causes[6], None)

    def test_without_a_cause_belongs_to_what_is_around_it(self, exported: Exported) -> None:
        with span("outer"):
            with span("inner"):
                pass

        inner, outer = exported.spans
        assert inner.parent is not None
        assert outer.context is not None
        assert inner.parent.span_id == outer.context.span_id

    def test_says_which_kind_of_error_ended_it_and_not_its_text(self, exported: Exported) -> None:
        with pytest.raises(ValueError, match="secret"), span("handle"):
            raise ValueError("a secret of somebody")

        [found] = exported.spans
        assert (found.attributes or {})["error.type"] == "ValueError"
        assert found.events == ()
        assert "secret" not in found.to_json()

    def test_holds_nothing_that_a_log_may_not_hold(self, exported: Exported) -> None:
        given = {
            "url.path": "/enter/abcdefghijkl",
            "url.query": "q=anna@mail.example",
            "client.address": "192.0.2.7",
            "messaging.message.id": "anna@mail.example",
            "count": 7,
        }

        with span("handle", attributes=given):
            pass

        assert dict(exported.spans[0].attributes or {}) == {
            "url.path": "***",
            "url.query": "***",
            "client.address": "***",
            "messaging.message.id": "***@***",
            "count": 7,
        }


class TestTraceparent:
    def test_of_another_trace_than_that_under_way_stays(self, exported: Exported) -> None:
        with span("handle", causes=[CAUSE]):
            assert traceparent_now(FOREIGN) == FOREIGN
            assert trace_id_now() == TRACE

    def test_is_none_where_nothing_is_under_way(self, exported: Exported) -> None:
        assert traceparent_now() is None
        assert trace_id_now() is None


class TestUntraced:
    def test_passes_on_what_messages_carry(self) -> None:
        with span("handle", causes=[CAUSE]):
            assert (traceparent_now(CAUSE), traceparent_now(), trace_id_now()) == (CAUSE, None, None)

    def test_costs_less_than_a_microsecond(self) -> None:
        def best_of(rounds: int, number: int) -> float:
            best = 1.0
            for _ in range(rounds):
                began = time.perf_counter()
                for _ in range(number):
                    with span("handle", causes=()):
                        traceparent_now(CAUSE)
                best = min(best, (time.perf_counter() - began) / number)
            return best

        assert best_of(20, 2_000) < 1e-6

    def test_worker_imports_nothing_of_it(self) -> None:
        code = (
            "import sys, workers.actors, relay.outbox; print([name for name in sys.modules if 'opentelemetry' in name])"
        )

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

        assert "opentelemetry.sdk" not in done.stdout
        assert "opentelemetry.exporter" not in done.stdout

    def test_is_a_process_without_a_collector(self) -> None:
        with traced(Settings(_env_file=None, otel_exporter_otlp_endpoint=None), "worker"):
            with span("handle"):
                assert trace_id_now() is None


class TestSettings:
    def test_a_collector_without_the_extra_is_said_at_the_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = Settings(_env_file=None, otel_exporter_otlp_endpoint="http://127.0.0.1:4318")
        monkeypatch.delitem(sys.modules, "boot.spans")
        monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

        with pytest.raises(UnableToStart, match=r"install screph-billing\[telemetry\]"), traced(settings, "worker"):
            pass

    @pytest.mark.parametrize(
        ("written", "headers"),
        [("", {}), ("a=b", {"a": "b"}), ("a=b, c=d==", {"a": "b", "c": "d=="}), ("nonsense", {})],
    )
    def test_headers_are_read(self, written: str, headers: dict[str, Any]) -> None:
        assert headers_of(written) == headers

    def test_headers_are_shown_to_nobody(self) -> None:
        settings = Settings(_env_file=None, otel_exporter_otlp_headers="authorization=Bearer abc")

        assert settings.values_for_people["OTEL_EXPORTER_OTLP_HEADERS"] == "set"
