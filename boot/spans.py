"""Spans on their way to a collector; only what has the extra `telemetry` can import this."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from boot.log_masks import MASK, mask
from boot.settings import Settings

EXPORT_SECONDS = 5.0

_NEVER_SENT = ("url.path", "url.query", "url.full", "client.address", "network.peer.address")
"""Paths may hold secrets, queries what somebody has typed, and addresses are people's; a span has its route."""


def open_provider(settings: Settings, process: str) -> TracerProvider:
    """Return what makes spans and sends them to the collector, in a thread of its own; FastAPI finds it as well."""
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.otel_traces_sampler_arg)),
        resource=Resource.create(
            {
                "service.namespace": "screph-billing",
                "service.name": f"billing-{process}",
                "service.version": version("screph-billing"),
            }
        ),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(
        endpoint=f"{(settings.otel_exporter_otlp_endpoint or '').rstrip('/')}/v1/traces",
        headers=headers_of(settings.otel_exporter_otlp_headers or ""),
        timeout=EXPORT_SECONDS,
    )
    provider.add_span_processor(Masking())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


def headers_of(written: str) -> dict[str, str]:
    """Return headers that are written as `name=value,name=value`."""
    pairs = (each.partition("=") for each in written.split(",") if "=" in each)
    return {name.strip(): value.strip() for name, _, value in pairs}


class Masking(SpanProcessor):
    """Takes out of each span what no log may hold either, before anything of it is sent."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Mask what the span was begun with; what it gets later is of our own making."""
        for name, value in masked(span.attributes or {}).items():
            span.set_attribute(name, value)


def masked(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return those attributes that have to be replaced, with what stands instead."""
    texts = {name: value for name, value in attributes.items() if isinstance(value, str)}
    instead = {name: MASK if name in _NEVER_SENT else mask(value) for name, value in texts.items()}
    return {name: value for name, value in instead.items() if value != texts[name]}
