"""`billing demo`: the main job, seen in a minute, on the embedded parts."""

import shutil
from pathlib import Path

import typer

from boot.channels import mail_folder
from boot.logs import set_up_logs
from boot.settings import Settings, check_servers, load_settings
from boot.wiring import Wiring, wired
from cli.commands.checks import print_audit, print_totals
from cli.demo.mails import show_mails
from cli.demo.purchase import buy
from cli.demo.usage import play, show_account, show_dead_letters
from cli.demo.weeks import let_weeks_go_by, show_payments, subscribe
from cli.output import out
from demo.days import Days, open_days
from demo.people import registrations
from demo.record import RECORDED_AT
from demo.shop import Sandbox, Shop, sandbox_open, write_catalogue
from store.audit.run import Audit, audit
from workers.actors import open_context, start

app = typer.Typer()


@app.command()
def demo() -> None:
    """Play a recording of usage on the embedded parts, let two weeks go by, and show what became of it."""
    set_up_logs("CRITICAL")
    settings = _embedded(load_settings().embedded_dir / "demo")
    check_servers(settings)
    folder = settings.embedded_dir
    clock_file = folder / "clock"
    shutil.rmtree(folder, ignore_errors=True)
    out.print("[bold]Screph billing[/]: packages of minutes, counted down, every second explained")
    out.print(f"embedded: PostgreSQL in {folder}/, the broker in this process\n")
    with wired(settings) as wiring:
        days = open_days(wiring, clock_file, wiring.publisher(), begin=RECORDED_AT)
        with sandbox_open(wiring) as sandbox:
            wiring.gateways = {sandbox.gateway.name: sandbox.gateway}
            worker = start(wiring)
            _play_chapters(wiring, days, sandbox)
            worker.stop()
        out.rule("5. Every second is accounted for", align="left")
        found = audit(wiring.engine)
    _show_audit(found)
    out.print("\nLook around, at the time of the story:")
    out.print(f"  export EMBEDDED_DIR={folder} BILLING_CLOCK={clock_file}", soft_wrap=True)
    out.print("  .venv/bin/billing statement demo-boris")
    out.print("  .venv/bin/billing subscriptions show demo-clara")
    out.print("  .venv/bin/billing notices list --account demo-clara")
    out.print(f"  .venv/bin/billing run  # demo-clara's portal: {settings.portal_url}/demo")
    raise typer.Exit(0 if found.holds else 1)


def _embedded(folder: Path) -> Settings:
    """Return settings that reach nothing outside: what the environment says of servers and people is left out."""
    return Settings(
        database_url=None,
        amqp_url=None,
        embedded_dir=folder,
        billing_clock=None,
        gateway_routes="",
        gateways_without_renewals="",
        smtp_url=None,
        mail_folder=None,
        vapid_private_key=None,
    )


def _play_chapters(wiring: Wiring, days: Days, sandbox: Sandbox) -> None:
    out.rule("1. Minutes are used", align="left")
    play(wiring, days)
    show_account(wiring)
    show_dead_letters(wiring)
    out.rule("2. Minutes are bought", align="left")
    shop = Shop(open_context(wiring))
    write_catalogue(shop.context)
    days.publish(*registrations(days.now))
    buy(wiring, days, shop)
    out.rule("3. Time goes by", align="left")
    subscribe(days, shop)
    let_weeks_go_by(days, sandbox)
    show_payments(wiring)
    out.rule("4. People are told", align="left")
    mails = mail_folder(wiring.settings)
    assert mails is not None
    show_mails(wiring, mails)


def _show_audit(found: Audit) -> None:
    """Show that every invariant holds, in a line; whatever is broken with its rows."""
    if not found.holds:
        print_audit(found)
        return
    out.print(f"[bold]Audit[/]: each of {len(found.checks)} invariants [green]holds[/]; `billing audit` shows them")
    print_totals(found)
