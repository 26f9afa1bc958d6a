"""`billing migrate | worker | relay | scheduler | run`: the processes of an installation."""

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import typer
from prometheus_client import REGISTRY

from boot.garbage import tune_garbage_collection
from boot.gateways import open_webhook_readers, own_servers
from boot.logs import set_up_logs
from boot.settings import UnableToStart, load_settings
from boot.wiring import Wiring
from broker.middleware import EXIT_DEAD_THREAD
from broker.publisher import declare_topology
from cli.commands.metrics import TableFigures
from cli.commands.schedule import show
from cli.commands.webhooks import serve_webhooks
from cli.context import open_wiring
from cli.output import err, out
from cli.signals import asked_by, stop_on_signals
from cli.telemetry import serve_own_metrics
from messages.errors import Unavailable
from relay.dead_letters import relay_dead_letters
from relay.outbox import relay_outbox
from scheduler.main import CHECK_EVERY, CHECK_TEST_CLOCK_EVERY, run_scheduler
from store.migrate import migrate as migrate_store
from workers.actors import start
from workers.heartbeat import start_heartbeat

app = typer.Typer()
scheduler_app = typer.Typer()
scheduler_app.command()(show)
log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 30


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date; harmless when it is."""
    settings = load_settings()
    set_up_logs("WARNING", form=settings.log_format)
    if settings.database_url is None:
        with open_wiring():
            out.print("the embedded database is up to date")
        return
    migrate_store(settings.database_url)
    out.print("the schema is up to date")


@app.command()
def worker() -> None:
    """Take messages from RabbitMQ and apply them. Run as many as you like."""
    with open_wiring(quiet=False, traced_as="worker") as wiring:
        _require_amqp_url(wiring, "worker")
        serve_own_metrics(wiring.settings)
        tune_garbage_collection()
        stop_on_signals(wiring.stopping)
        start_heartbeat(wiring.engine, wiring.stopping, wiring.clock, "worker")
        running = start(wiring)
        log.info("the worker consumes messages")
        wiring.stopping.wait()
        _log_end(wiring)
        running.stop(timeout=SHUTDOWN_SECONDS * 1000)


@app.command()
def relay() -> None:
    """Publish what was committed, and drain the dead letters. Run as many as you like."""
    with open_wiring(quiet=False, traced_as="relay") as wiring:
        _require_amqp_url(wiring, "relay")
        serve_own_metrics(wiring.settings)
        stop_on_signals(wiring.stopping)
        _declare(wiring)
        start_heartbeat(wiring.engine, wiring.stopping, wiring.clock, "relay")
        threads = _relay_threads(wiring)
        log.info("the relay moves messages")
        wiring.stopping.wait()
        _log_end(wiring)
        _join(threads, wiring)


@scheduler_app.callback(invoke_without_command=True)
def scheduler(command: typer.Context) -> None:
    """Remind of what is due. Several may run; each tick is done once. `scheduler show` shows how the jobs stand."""
    if command.invoked_subcommand is not None:
        return
    with open_wiring(quiet=False, traced_as="scheduler") as wiring:
        serve_own_metrics(wiring.settings)
        stop_on_signals(wiring.stopping)
        start_heartbeat(wiring.engine, wiring.stopping, wiring.clock, "scheduler")
        log.info("the scheduler ticks")
        _run_scheduler(wiring)
        _log_end(wiring)


@app.command()
def run() -> None:
    """Run everything in one process; without settings, on embedded parts."""
    from cli.web_apps import APPS, is_first_look, serve_app  # here, for no other process needs the pages

    with open_wiring(quiet=False, traced_as="run") as wiring:
        settings = wiring.settings
        if settings.metrics_port is not None:
            REGISTRY.register(TableFigures(wiring))
        serve_own_metrics(settings)
        tune_garbage_collection()
        stop_on_signals(wiring.stopping)
        _declare(wiring)
        start_heartbeat(wiring.engine, wiring.stopping, wiring.clock, "run")
        readers = open_webhook_readers(settings)
        with ExitStack() as own:
            for server in own_servers(settings, clock=wiring.clock):
                err.print(f"a gateway of our own, by which no money moves, is at {own.enter_context(server)}")
            running = start(wiring)
            threads = [
                *_relay_threads(wiring),
                _thread("scheduler", lambda: _run_scheduler(wiring), wiring),
            ]
            threads += [_thread(name, partial(serve_app, wiring, name), wiring) for name in APPS]
            parts = (
                f"worker, relay, scheduler, the API at http://127.0.0.1:{settings.web_api_port}/api/v1/,"
                f" the portal at {settings.portal_url}/ and the admin pages at {settings.admin_url}/"
            )
            if readers:
                serve = partial(serve_webhooks, settings, readers, wiring.publisher, wiring.stopping)
                threads.append(_thread("webhooks", serve, wiring))
                parts += ", and the endpoint for webhooks"
            err.print(f"[green]running[/]: {parts}; Ctrl-C ends it")
            if is_first_look(settings):
                err.print(f"a made-up buyer's portal: {settings.portal_url}/demo", soft_wrap=True)
            wiring.stopping.wait()
            _log_end(wiring)
            running.stop(timeout=SHUTDOWN_SECONDS * 1000)
            _join(threads, wiring)


def _run_scheduler(wiring: Wiring) -> None:
    check_every = CHECK_EVERY if wiring.settings.billing_clock is None else CHECK_TEST_CLOCK_EVERY
    run_scheduler(wiring.engine, wiring.stopping, clock=wiring.clock, check_every=check_every)


def _log_end(wiring: Wiring) -> None:
    # So that an end that nobody seems to have asked for can be explained.
    if wiring.refused:
        why = "a part could not start"
    else:
        why = f"{', '.join(wiring.dead)} died" if wiring.dead else f"asked by {asked_by()}"
    log.info("the process ends: %s", why)


def _require_amqp_url(wiring: Wiring, name: str) -> None:
    if wiring.is_embedded:
        raise UnableToStart(
            f"`billing {name}` is one process of several and needs AMQP_URL; "
            "`billing run` does everything in one process without it"
        )


def _declare(wiring: Wiring) -> None:
    if wiring.amqp_url is None:
        return
    pause_seconds = 0.5
    while not wiring.stopping.is_set():
        try:
            declare_topology(wiring.amqp_url)
            return
        except Unavailable as error:
            log.warning("waiting for the broker: %s", error)
            wiring.stopping.wait(pause_seconds)
            pause_seconds = min(2 * pause_seconds, 5)


def _relay_threads(wiring: Wiring) -> list[threading.Thread]:
    def outbox() -> None:
        publisher = wiring.publisher()
        relay_outbox(wiring.engine, publisher, wiring.stopping)
        publisher.close()

    def dead_letters() -> None:
        drain = wiring.drain()
        relay_dead_letters(wiring.engine, drain, wiring.stopping)
        drain.close()

    return [_thread("outbox", outbox, wiring), _thread("dead-letters", dead_letters, wiring)]


def _thread(name: str, work: Callable[[], None], wiring: Wiring) -> threading.Thread:
    def guarded() -> None:
        try:
            work()
        except UnableToStart as error:
            # Such as a port that somebody else has: a sentence for whoever has started it.
            wiring.refused.append(error)
            wiring.stopping.set()
        except Exception:
            # A process of which a part is dead looks alive and is not; the supervisor starts another.
            log.critical("%s died; the process ends", name, exc_info=True)
            wiring.dead.append(name)
            wiring.stopping.set()

    thread = threading.Thread(target=guarded, name=name, daemon=True)
    thread.start()
    return thread


def _join(threads: list[threading.Thread], wiring: Wiring) -> None:
    for thread in threads:
        thread.join(SHUTDOWN_SECONDS)
    if wiring.refused:
        raise wiring.refused[0]
    if wiring.dead:
        raise typer.Exit(EXIT_DEAD_THREAD)
