"""Traces: spans by OpenTelemetry for a collector, where the settings name one; else nothing, and at no cost."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal

from boot.settings import Settings, UnableToStart

if TYPE_CHECKING:
    from opentelemetry.trace import Span, SpanContext, Tracer

Kind = Literal["internal", "client", "producer", "consumer"]

SHUTDOWN_MS = 5_000
"""How long the end of a process waits for its last spans to leave."""

MAX_LINKS = 100
"""Traces that the span of a batch names; more would make it heavier than what it tells of."""

_NOTHING: AbstractContextManager[None] = nullcontext()

_IS_BATCH: ContextVar[bool] = ContextVar("is_batch", default=False)
"""Whether the span that is under way is of messages that have nothing to do with one another."""

_tracer: "Tracer | None" = None
"""Of this process, once it is traced. Whatever is below asks this first: untraced processes pay for one comparison."""


@contextmanager
def traced(settings: Settings, process: str) -> Iterator[None]:
    """
    Send spans of this process to the collector that the settings name; nothing without one.

    Args:
        settings: OTEL_EXPORTER_OTLP_ENDPOINT and what belongs to it.
        process: its name, such as `worker`.

    Raises:
        UnableToStart: a collector is named, and the extra `telemetry` is not installed.
    """
    if settings.otel_exporter_otlp_endpoint is None:
        yield
        return
    try:
        from boot.spans import open_provider
    except ModuleNotFoundError as error:
        raise UnableToStart(
            "OTEL_EXPORTER_OTLP_ENDPOINT names a collector, and what sends spans is not installed: "
            "install screph-billing[telemetry], or build the image with BILLING_LOCK=telemetry"
        ) from error
    provider = open_provider(settings, process)
    trace_by(provider.get_tracer("screph-billing"))
    try:
        yield
    finally:
        trace_by(None)
        provider.shutdown()


def trace_by(tracer: "Tracer | None") -> None:
    """Make spans by a tracer from here on; None: none."""
    global _tracer  # of the process, as FastAPI's provider is
    _tracer = tracer


def span(
    name: str,
    *,
    kind: Kind = "internal",
    causes: Collection[str | None] = (),
    is_batch: bool = False,
    attributes: Mapping[str, Any] | None = None,
) -> AbstractContextManager[None]:
    """
    Return a block of which a trace tells how long it took and which kind of error ended it.

    Args:
        name: says what is done; of few values, without ids.
        kind: as OpenTelemetry has it.
        causes: the `traceparent` of each message that is handled in it. With one trace among them the span belongs to
            it; with more, as in a batch, it only names them, MAX_LINKS at the most. Without any it belongs to what is
            done around it.
        is_batch: it is of several messages, so it is the cause of nothing that only one of them causes.
        attributes: what else is known: texts and numbers, nothing that names a person.
    """
    if _tracer is None:
        return _NOTHING
    named = {cause for cause in causes if cause is not None}
    return _span(_tracer, name, kind, named, is_batch, attributes or {})


def traceparent_now(otherwise: str | None = None) -> str | None:
    """
    Return what names the span that is under way, for a message that it causes.

    Args:
        otherwise: the trace that the message belongs to. Where another one is under way, as in a batch, or none, it is
            returned as it is.
    """
    if _tracer is None or (otherwise is None and _IS_BATCH.get()):
        return otherwise
    context = _current()
    if not context.is_valid or (otherwise is not None and otherwise[3:35] != f"{context.trace_id:032x}"):
        return otherwise
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def trace_id_now() -> str | None:
    """Return the id of the trace that is under way, for the log."""
    if _tracer is None:
        return None
    context = _current()
    return f"{context.trace_id:032x}" if context.is_valid else None


def _current() -> "SpanContext":
    from opentelemetry.trace import get_current_span

    return get_current_span().get_span_context()


@contextmanager
def _span(
    tracer: "Tracer", name: str, kind: Kind, causes: Collection[str], is_batch: bool, attributes: Mapping[str, Any]
) -> Iterator[None]:
    from opentelemetry.trace import Link, SpanKind, StatusCode

    contexts = [context for cause in sorted(causes)[:MAX_LINKS] if (context := _context_of(cause)) is not None]
    with tracer.start_as_current_span(
        name,
        context=_child_of(contexts[0]) if len(contexts) == 1 else None,
        kind=SpanKind[kind.upper()],
        attributes=attributes,
        links=[Link(context) for context in contexts] if len(contexts) > 1 else (),
        # The text of an error may quote what a person has written.
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        token = _IS_BATCH.set(is_batch)
        try:
            yield
        except BaseException as error:
            _note_error(started, error, StatusCode.ERROR)
            raise
        finally:
            _IS_BATCH.reset(token)


def _note_error(started: "Span", error: BaseException, status: Any) -> None:
    started.set_attribute("error.type", type(error).__qualname__)
    started.set_status(status)


def _context_of(traceparent: str) -> Any:
    from opentelemetry.trace import SpanContext, TraceFlags

    # Messages are read only with a well-formed one (messages/fields.py).
    _, trace_id, span_id, flags = traceparent.split("-")
    context = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return context if context.is_valid else None


def _child_of(context: Any) -> Any:
    from opentelemetry.trace import NonRecordingSpan, set_span_in_context

    return set_span_in_context(NonRecordingSpan(context))
