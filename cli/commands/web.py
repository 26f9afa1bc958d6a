"""`billing web | portal-link`: what people and programs reach by HTTP; it writes by the code of workers."""

import logging
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any

import typer

from asgi.peers import Network, networks_of
from asgi.request_metrics import RequestMetrics
from asgi.serving import MAX_CONNECTIONS, Capacity, UnableToListen, serve_until
from boot.channels import push_key, unsubscribe_secret
from boot.garbage import tune_garbage_collection
from boot.settings import Settings, UnableToStart
from boot.wiring import Wiring, web_engine
from broker.counts import CountedBroker
from cli.context import SOURCE, open_wiring
from cli.output import err, out
from cli.signals import asked_by, stop_on_signals
from cli.telemetry import serve_own_metrics
from demo.first_look import enter
from domain.access.session import ENTRY_LIFETIME
from scheduler.timetable import TIMETABLE
from web.admin.app import create_admin
from web.admin.settings import Admin, no_counts
from web.api.app import create_api
from web.api.v1.settings import ApiSettings
from web.live.live import MAX_OF_PROCESS
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.access.sessions import make_entry_link
from workers.actors import open_context
from workers.context import Context
from workers.heartbeat import start_heartbeat

app = typer.Typer()
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebApp:
    """
    One application: how it is made, its port, and the variable that names another one.

    `sells`: it calls gateways. `takes_mail_links`: links of mails lead to it. `host`: where it listens.
    """

    create: Callable[[Context, Settings], Any]
    port: Callable[[Settings], int]
    variable: str
    sells: bool = False
    takes_mail_links: bool = False
    host: Callable[[Settings], str] = lambda settings: settings.web_host


APPS = MappingProxyType(
    {
        "api": WebApp(
            lambda context, settings: create_api(
                context,
                ApiSettings(
                    settings.portal_url, settings.api_return_origins, settings.web_api_url, settings.widget_pages
                ),
                hosts=settings.api_host_names,
            ),
            lambda settings: settings.web_api_port,
            "WEB_API_PORT",
            sells=True,
        ),
        "portal": WebApp(
            lambda context, settings: create_portal(
                Portal(
                    context,
                    settings.portal_url,
                    _networks(settings.web_proxies),
                    api_address=settings.web_api_url,
                    widget_origins=settings.widget_pages,
                    push_key=push_key(settings),
                    first_look=enter if is_first_look(settings) else None,
                )
            ),
            lambda settings: settings.web_portal_port,
            "WEB_PORTAL_PORT",
            sells=True,
            takes_mail_links=True,
        ),
        "admin": WebApp(
            lambda context, settings: create_admin(_admin(context, settings)),
            lambda settings: settings.web_admin_port,
            "WEB_ADMIN_PORT",
            sells=True,
            host=lambda settings: settings.web_admin_host,
        ),
    }
)


@app.command()
def web(
    apps: Annotated[str, typer.Option(help="Which applications to serve, separated by commas.")] = ",".join(APPS),
) -> None:
    """Serve HTTP: the API, the portal and the admin pages, each at its own port; put a proxy with TLS before them."""
    names = _names(apps)
    with open_wiring(quiet=False) as wiring:
        tune_garbage_collection()
        serve_own_metrics(wiring.settings)
        stop_on_signals(wiring.stopping)
        start_heartbeat(wiring.engine, wiring.stopping, wiring.clock, "web")
        with ThreadPoolExecutor(len(names), "web") as serving:
            served = [serving.submit(serve_app, wiring, name) for name in names]
            done, _ = wait(served, return_when=FIRST_EXCEPTION)
            wiring.stopping.set()
        for one in done:
            one.result()
        log.info("the process ends: asked by %s", asked_by())


@app.command()
def portal_link(
    account: Annotated[str, typer.Argument(help="Screph's id of the user.")],
    task: Annotated[str, typer.Option(help="The page that it leads to, such as /history.")] = "/",
) -> None:
    """Make an address that opens the portal as an account; it works once, within a minute."""
    with open_wiring() as wiring:
        token = make_entry_link(open_context(wiring, with_gateways=False), account, task=task, asked_by=SOURCE)
        out.print(f"{wiring.settings.portal_url}/enter/{token}", soft_wrap=True, highlight=False)
        err.print(f"It works once, within {ENTRY_LIFETIME.seconds} seconds.")


def is_first_look(settings: Settings) -> bool:
    """Tell whether nothing is set up yet, so that a made-up buyer shows the portal."""
    return settings.database_url is None and settings.environment != "production"


def serve_app(wiring: Wiring, name: str) -> None:
    """
    Serve one of APPS in this thread until the process is to stop.

    Raises:
        UnableToStart: the address cannot be listened at.
        PartDied: the server has ended by itself.
    """
    settings, served = wiring.settings, APPS[name]
    with web_engine(wiring) as engine:
        context = open_context(wiring, with_gateways=served.sells)
        context = replace(context, engine=engine, shop=replace(context.shop, currency=settings.shop_currency))
        if served.takes_mail_links:
            # Links in mails are signed by whoever sends them, and read here.
            channels = replace(context.channels, unsubscribe_secret=unsubscribe_secret(settings))
            context = replace(context, channels=channels)
        try:
            serve_until(
                RequestMetrics(served.create(context, settings), name),
                host=served.host(settings),
                port=served.port(settings),
                stopping=wiring.stopping,
                capacity=Capacity(settings.web_threads, MAX_CONNECTIONS + MAX_OF_PROCESS),
            )
        except UnableToListen as error:
            raise UnableToStart(f"{error}; {served.variable} names another port") from error


def _admin(context: Context, settings: Settings) -> Admin:
    url = settings.amqp_url
    return Admin(
        context,
        settings.admin_url,
        _networks(settings.web_proxies),
        settings.values_for_people,
        broker=no_counts if url is None else CountedBroker(url, settings.rabbitmq_api_url),
        timetable={tick.job: tick.every for tick in TIMETABLE},
    )


def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return networks_of(texts)
    except ValueError as error:
        raise UnableToStart(f"WEB_TRUSTED_PROXIES wants networks such as 10.0.0.0/8: {error}") from error


def _names(apps: str) -> list[str]:
    wanted = [name.strip() for name in apps.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in APPS]
    if unknown or not wanted:
        raise UnableToStart(f"--apps names {', '.join(unknown) or 'nothing'}; there are {', '.join(APPS)}")
    return list(dict.fromkeys(wanted))
