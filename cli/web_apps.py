"""The web's applications: how each is made and served. Apart, for these imports are a quarter of a command's start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from asgi.peers import Network, networks_of
from asgi.request_metrics import RequestMetrics
from asgi.serving import MAX_CONNECTIONS, Capacity, UnableToListen, serve_until
from boot.channels import push_key, unsubscribe_secret
from boot.oidc import open_provider
from boot.settings import Settings, UnableToStart
from boot.wiring import Engine, Wiring, readers_engine, web_engine
from broker.counts import CountedBroker
from demo.first_look import enter
from scheduler.timetable import TIMETABLE
from web.admin.app import create_admin
from web.admin.settings import Admin, no_counts
from web.api.app import create_api
from web.api.v1.settings import ApiSettings, Limits
from web.live.live import MAX_OF_PROCESS
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.actors import open_context
from workers.context import Context


@dataclass(frozen=True, slots=True)
class WebApp:
    """
    One application: how it is made (the engine only reads), its port, and the variable that names another one.

    `sells`: it calls gateways. `takes_mail_links`: links of mails lead to it. `host`: where it listens.
    """

    create: Callable[[Context, Settings, Engine | None], Any]
    port: Callable[[Settings], int]
    variable: str
    sells: bool = False
    takes_mail_links: bool = False
    host: Callable[[Settings], str] = lambda settings: settings.web_host


APPS = MappingProxyType(
    {
        "api": WebApp(
            lambda context, settings, _: create_api(
                context,
                api_settings(settings),
                hosts=settings.api_host_names,
            ),
            lambda settings: settings.web_api_port,
            "WEB_API_PORT",
            sells=True,
        ),
        "portal": WebApp(
            lambda context, settings, _: create_portal(
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
            lambda context, settings, readers: create_admin(_admin(context, settings, readers)),
            lambda settings: settings.web_admin_port,
            "WEB_ADMIN_PORT",
            sells=True,
            host=lambda settings: settings.web_admin_host,
        ),
    }
)


def is_first_look(settings: Settings) -> bool:
    """Tell whether nothing is set up yet, so that a made-up buyer shows the portal."""
    return settings.database_url is None and settings.environment != "production"


def api_settings(settings: Settings) -> ApiSettings:
    """Return what the API is told, of all that an installation has chosen."""
    return ApiSettings(
        settings.portal_url,
        settings.api_return_origins,
        settings.web_api_url,
        settings.widget_pages,
        Limits.of(
            reads=settings.web_api_reads_per_minute,
            writes=settings.web_api_writes_per_minute,
            of_servers=settings.web_api_server_requests_per_minute,
        ),
        _networks(settings.web_proxies),
    )


def serve_app(wiring: Wiring, name: str) -> None:
    """
    Serve one of APPS in this thread until the process is to stop.

    Raises:
        UnableToStart: the address cannot be listened at.
        PartDied: the server has ended by itself.
    """
    settings, served = wiring.settings, APPS[name]
    with web_engine(wiring) as engine, readers_engine(wiring) as readers:
        context = open_context(wiring, with_gateways=served.sells)
        context = replace(context, engine=engine, shop=replace(context.shop, currency=settings.shop_currency))
        if served.takes_mail_links:
            # Links in mails are signed by whoever sends them, and read here.
            channels = replace(context.channels, unsubscribe_secret=unsubscribe_secret(settings))
            context = replace(context, channels=channels)
        try:
            serve_until(
                RequestMetrics(served.create(context, settings, readers), name),
                host=served.host(settings),
                port=served.port(settings),
                stopping=wiring.stopping,
                capacity=Capacity(settings.web_threads, MAX_CONNECTIONS + MAX_OF_PROCESS),
            )
        except UnableToListen as error:
            raise UnableToStart(f"{error}; {served.variable} names another port") from error


def _admin(context: Context, settings: Settings, readers: Engine | None) -> Admin:
    url = settings.amqp_url
    return Admin(
        context,
        settings.admin_url,
        _networks(settings.web_proxies),
        settings.values_for_people,
        broker=no_counts if url is None else CountedBroker(url, settings.rabbitmq_api_url),
        timetable={tick.job: tick.every for tick in TIMETABLE},
        provider=open_provider(settings),
        readers=readers,
    )


def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return networks_of(texts)
    except ValueError as error:
        raise UnableToStart(f"WEB_TRUSTED_PROXIES wants networks such as 10.0.0.0/8: {error}") from error
