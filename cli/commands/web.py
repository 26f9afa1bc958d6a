"""`billing web | portal-link`: what people and programs reach by HTTP; it writes by the code of workers."""

import logging
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Annotated

import typer

from boot.garbage import tune_garbage_collection
from boot.settings import UnableToStart
from cli.context import SOURCE, open_wiring
from cli.output import err, out
from cli.signals import asked_by, stop_on_signals
from cli.telemetry import serve_own_metrics
from domain.access.session import ENTRY_LIFETIME
from workers.access.sessions import make_entry_link
from workers.actors import open_context
from workers.heartbeat import start_heartbeat

app = typer.Typer()
log = logging.getLogger(__name__)

NAMES = ("api", "portal", "admin")
"""The applications of `cli.web_apps`, which few commands import."""


@app.command()
def web(
    apps: Annotated[str, typer.Option(help="Which applications to serve, separated by commas.")] = ",".join(NAMES),
) -> None:
    """Serve HTTP: the API, the portal and the admin pages, each at its own port; put a proxy with TLS before them."""
    names = _names(apps)
    from cli.web_apps import serve_app  # here, for no other command needs the pages

    with open_wiring(quiet=False, traced_as="web") as wiring:
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


def _names(apps: str) -> list[str]:
    wanted = [name.strip() for name in apps.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in NAMES]
    if unknown or not wanted:
        raise UnableToStart(f"--apps names {', '.join(unknown) or 'nothing'}; there are {', '.join(NAMES)}")
    return list(dict.fromkeys(wanted))
