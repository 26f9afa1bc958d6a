"""What every command begins with: settings, logs, the wired parts; and how it hands in a message."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any
from uuid import uuid4

from rich.markup import escape

from boot.channels import mail_folder
from boot.logs import set_up_logs
from boot.settings import Settings, load_settings
from boot.traces import traced
from boot.wiring import Wiring, wired
from cli.output import err
from cli.typed import as_typed
from messages.envelope import Envelope
from messages.errors import MessageRejected, Unavailable
from workers.actors import open_context
from workers.context import NotSetUp
from workers.outcome import Outcome
from workers.submit import Submission, submit

SOURCE = "billing-cli"
"""Who speaks in messages that an operator sends by command."""


@contextmanager
def open_wiring(*, quiet: bool = True, traced_as: str | None = None) -> Iterator[Wiring]:
    """
    Wire everything for one command.

    Args:
        quiet: a command that answers and ends logs only what is wrong.
        traced_as: the name of a process that is traced, where a collector is set up.
    """
    settings = load_settings()
    set_up_logs("ERROR" if quiet else settings.log_level, form=settings.log_format)
    if not quiet:
        announce(settings)
    with traced(settings, traced_as) if traced_as else nullcontext(), wired(settings) as wiring:
        yield wiring


def hand_in(
    wiring: Wiring,
    model: type[Envelope],
    data: Mapping[str, Any],
    *,
    account: str | None,
    message_id: str | None = None,
    with_gateways: bool = False,
) -> Outcome:
    """
    Hand a message of an operator to the worker's own handler, here and now, and return what became of it.

    Args:
        wiring: the parts of this process.
        model: the message's contract.
        data: its payload; empty fields are left out.
        account: Screph's id of the account that it is about; None: it is about none.
        message_id: the same id twice has one effect; random if left out.
        with_gateways: the message may call a gateway.

    Raises:
        MessageRejected: a value in it is wrong, or its id was used for something else. The text, like the reason of a
            refusal, names options where the message has fields.
        Unavailable: a gateway or the store gave no answer; the text says how to ask again.
    """
    submission = Submission(model, account, data, SOURCE, message_id or str(uuid4()))
    try:
        outcome = submit(open_context(wiring, with_gateways=with_gateways), submission)
    except MessageRejected as error:
        raise MessageRejected(error.code, as_typed(error.reason)) from error
    except NotSetUp:
        raise
    except Unavailable as error:
        again = f"it is asked again by itself, or by the same command with --id {submission.id}"
        raise Unavailable(f"{error}; {again}") from error
    if "reason" not in outcome.answer or "code" not in outcome.answer:
        return outcome
    return replace(outcome, answer=outcome.answer | {"reason": as_typed(outcome.answer["reason"])})


def announce(settings: Settings) -> None:
    """Say which parts are embedded: they are for a first look and for development."""
    embedded = [
        name for name, url in (("DATABASE_URL", settings.database_url), ("AMQP_URL", settings.amqp_url)) if not url
    ]
    if "DATABASE_URL" in embedded:
        err.print(f"[yellow]embedded:[/] PostgreSQL in {settings.embedded_dir}/ (DATABASE_URL is not set)")
    if "AMQP_URL" in embedded:
        err.print(
            "[yellow]embedded:[/] the broker is in this process (AMQP_URL is not set); what waits in it ends with it"
        )
    if settings.billing_clock is not None:
        file = escape(str(settings.billing_clock))
        err.print(
            f"[yellow]test clock:[/] {file} moves the time (BILLING_CLOCK), and `billing clock move +1d` moves it"
        )
    elif embedded:
        err.print("The time is the host's; with BILLING_CLOCK=FILE `billing clock move +1d` moves it while this runs.")
    folder = mail_folder(settings)
    if folder is not None:
        err.print(f"[yellow]mails[/] are written into {folder}/ and reach nobody (SMTP_URL is not set)")
    if embedded:
        err.print("For a first look and for development; see README.md for the real servers.")
