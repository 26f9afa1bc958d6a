"""`billing webhooks`: the endpoint that gateways call. It needs RabbitMQ and no database, and holds no API secret."""

import logging
import threading
from collections.abc import Callable, Mapping

import typer

from asgi.request_metrics import RequestMetrics
from asgi.serving import PartDied
from boot.gateways import open_webhook_readers
from boot.logs import set_up_logs
from boot.settings import Settings, UnableToStart, load_settings
from boot.traces import traced
from broker.middleware import EXIT_DEAD_THREAD
from broker.publication import Publisher
from broker.publisher import ConfirmedPublisher
from broker.shared_publisher import SharedPublisher
from cli.signals import stop_on_signals
from cli.telemetry import serve_own_metrics
from domain.gateway.webhook import WebhookReader
from relay.webhooks import create_app, serve

app = typer.Typer()
log = logging.getLogger(__name__)


@app.command()
def webhooks() -> None:
    """Receive webhooks by HTTP, verify them, and answer once RabbitMQ has them. Run as many as you like."""
    settings = load_settings(with_database=False)
    set_up_logs(settings.log_level, form=settings.log_format)
    url = _required_amqp_url(settings)
    readers = open_webhook_readers(settings)
    serve_own_metrics(settings)
    stopping = threading.Event()
    stop_on_signals(stopping)
    try:
        with traced(settings, "webhooks"):
            serve_webhooks(settings, readers, lambda: ConfirmedPublisher(url), stopping)
    except PartDied:
        log.critical("the process ends: it can receive no webhook any longer", exc_info=True)
        raise typer.Exit(EXIT_DEAD_THREAD) from None


def serve_webhooks(
    settings: Settings,
    readers: Mapping[str, WebhookReader],
    open_publisher: Callable[[], Publisher],
    stopping: threading.Event,
) -> None:
    """
    Serve webhooks in this thread until the process is to stop.

    Raises:
        UnableToStart: the address cannot be listened at.
        PartDied: the publisher has died, so none can be received any longer.
    """
    with SharedPublisher(open_publisher) as publisher:
        endpoint = create_app(
            readers,
            publisher,
            path_secret=settings.webhooks_path_secret,
            trusted_proxies=settings.trusted_proxies,
            max_body_bytes=settings.webhooks_max_bytes,
            requests_per_second=settings.webhooks_per_second,
        )
        log.info("webhooks of %s are received", ", ".join(readers))
        measured = RequestMetrics(endpoint, "webhooks")
        serve(measured, publisher, host=settings.webhooks_host, port=settings.webhooks_port, stopping=stopping)


def _required_amqp_url(settings: Settings) -> str:
    if settings.amqp_url is None:
        raise UnableToStart("`billing webhooks` hands webhooks to RabbitMQ and needs AMQP_URL")
    if not settings.gateway_names:
        raise UnableToStart("`billing webhooks` needs at least one gateway in GATEWAYS, such as GATEWAYS=stripe")
    return settings.amqp_url
