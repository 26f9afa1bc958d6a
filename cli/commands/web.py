"""`billing web`: what people and programs reach by HTTP. It needs the database, and writes by the code of workers."""

import logging
from dataclasses import replace

import typer

from asgi.serving import UnableToListen, serve_until
from boot.settings import UnableToStart
from boot.wiring import Wiring, web_engine
from cli.context import open_wiring
from cli.signals import asked_by, stop_on_signals
from web.api.app import create_api
from workers.actors import open_context

app = typer.Typer()
log = logging.getLogger(__name__)

APPS = ("api",)


@app.command()
def web(apps: str = typer.Option("api", help="Which applications to serve, separated by commas: api.")) -> None:
    """Serve HTTP. Run as many as you like, behind a proxy with TLS."""
    _check_apps(apps)
    with open_wiring(quiet=False) as wiring:
        stop_on_signals(wiring.stopping)
        serve_api(wiring)
        log.info("the process ends: asked by %s", asked_by())


def serve_api(wiring: Wiring) -> None:
    """
    Serve the API in this thread until the process is to stop.

    Raises:
        UnableToStart: the address cannot be listened at.
        PartDied: the server has ended by itself.
    """
    settings = wiring.settings
    with web_engine(wiring) as engine:
        context = open_context(wiring, with_gateways=False)
        context = replace(context, engine=engine, shop=replace(context.shop, currency=settings.shop_currency))
        try:
            serve_until(
                create_api(context, hosts=settings.api_host_names),
                host=settings.web_host,
                port=settings.web_api_port,
                stopping=wiring.stopping,
                threads=settings.web_threads,
            )
        except UnableToListen as error:
            raise UnableToStart(f"{error}; WEB_API_PORT names another port") from error


def _check_apps(apps: str) -> None:
    wanted = [name.strip() for name in apps.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in APPS]
    if unknown or not wanted:
        raise UnableToStart(f"--apps names {', '.join(unknown) or 'nothing'}; there is {', '.join(APPS)}")
