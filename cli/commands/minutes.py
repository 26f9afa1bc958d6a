"""`billing grant | balance | statement | explain | reverse`: an account's minutes."""

import dataclasses
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from cli.commands.ledger_tables import (
    line_as_json,
    outlook_sentence,
    package_as_json,
    print_packages,
    print_statement,
    print_usage,
)
from cli.context import hand_in, open_wiring
from cli.output import AsJson, length, moment, out, print_json
from domain.minutes.package import PackageKind
from messages.minutes.requests import PackageGrantRequested, UsageReversed
from store.minutes.explain import explain_usage
from store.minutes.read import account_balance, account_forecast, account_packages, account_statement
from store.reading import reading
from workers.outcome import Outcome, Result

app = typer.Typer()

Account = Annotated[str, typer.Argument(help="Screph's id of the user.")]
Source = Annotated[str | None, typer.Option(help="The source of the usage; without it the usual sources are tried.")]


@app.command()
def grant(
    account: Account,
    minutes: Annotated[int | None, typer.Option(help="How many whole minutes.")] = None,
    seconds: Annotated[int | None, typer.Option(help="Or how many seconds.")] = None,
    kind: Annotated[PackageKind, typer.Option(help="How they came by it.")] = PackageKind.PURCHASED,
    priority: Annotated[int | None, typer.Option(help="Lower burns first; by kind if left out.")] = None,
    activated_at: Annotated[str | None, typer.Option(help="From when on; now if left out.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="Until when, exclusive; never if left out.")] = None,
    message_id: Annotated[
        str | None, typer.Option("--id", help="The same id twice grants once; random if left out.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever asks later.")] = None,
    as_json: AsJson = False,
) -> None:
    """Grant a package of minutes to an account."""
    data = {
        "kind": kind,
        "minutes": minutes,
        "seconds": seconds,
        "priority": priority,
        "activated_at": read_moment(activated_at, "--activated-at"),
        "expires_at": read_moment(expires_at, "--expires-at"),
        "reason": reason,
    }
    with open_wiring() as wiring:
        outcome = hand_in(wiring, PackageGrantRequested, data, account=account, message_id=message_id)
        _print_outcome(outcome, as_json, f"granted to {account}")


@app.command()
def reverse(
    usage_id: Annotated[str, typer.Argument(help="The id of the message that reported the usage.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    source: Source = None,
    our_fault: Annotated[bool, typer.Option("--our-fault", help="Grant again what would expire at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a usage back: its seconds go to the packages they came from."""
    with open_wiring() as wiring:
        with reading(wiring.engine) as session:
            usage = explain_usage(session, usage_id, source=source).usage
        data = {
            "usage_id": usage_id,
            "usage_source": usage.source,
            "reason": reason,
            "our_fault": our_fault,
        }
        outcome = hand_in(wiring, UsageReversed, data, account=usage.account_id)
        _print_outcome(outcome, as_json, f"usage {usage_id} is reversed")


@app.command()
def balance(
    account: Account,
    at: Annotated[
        str | None, typer.Option(help="At which moment, such as 2026-11-23T09:30:00Z; now if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what an account can spend, at any moment."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        now, policy = wiring.clock(), wiring.rules.policy
        found = account_balance(session, account, at=read_moment(at, "--at"), now=now, policy=policy)
        # What it had or will have at another moment says nothing about how it goes on from now.
        outlook = account_forecast(session, account, now=now, policy=policy) if at is None else None
    if as_json:
        print_json(
            {
                "account_id": account,
                "at": found.at,
                "available_seconds": found.available_seconds,
                "available_minutes": found.available_minutes,
                "debt_seconds": found.debt_seconds,
                "packages": [package_as_json(package) for package in found.packages],
                "forecast": outlook and dataclasses.asdict(outlook),
            }
        )
        return
    out.print(
        f"{escape(account)} at {moment(found.at)} UTC: [bold]{length(found.available_seconds)}[/] "
        f"({found.available_minutes} min), debt {length(found.debt_seconds)}"
    )
    if outlook is not None:
        out.print(outlook_sentence(outlook), soft_wrap=True)
    print_packages("Packages that can be burnt, in burn order", found.packages)


@app.command()
def statement(
    account: Account,
    limit: Annotated[int, typer.Option(help="The newest so many lines; 0 is all.", min=0)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Goes on where the page before ended; it names it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show an account's ledger: which package paid for which usage, and why that one."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        found = account_statement(session, account, limit=limit or None, cursor=cursor)
        packages = account_packages(session, account)
    if as_json:
        print_json(
            {
                "packages": [package_as_json(package) for package in packages.packages],
                "lines": [line_as_json(line) for line in found.lines],
                "cursor": found.cursor,
            }
        )
        return
    if cursor is None:
        print_packages(f"Packages of {escape(account)}", packages.packages)
    print_statement(found.lines, title=f"Statement, {len(found.lines)} lines, the newest last")
    if found.cursor:
        out.print(f"there are older lines: --cursor {found.cursor}", soft_wrap=True)


@app.command()
def packages(
    account: Account,
    limit: Annotated[int, typer.Option(help="Those that were activated last, so many.", min=1)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Goes on where the page before ended; it names it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show an account's packages, those as well that have nothing left."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        found = account_packages(session, account, limit=limit, cursor=cursor)
    if as_json:
        print_json({"packages": [package_as_json(package) for package in found.packages], "cursor": found.cursor})
        return
    print_packages(f"Packages of {escape(account)}", found.packages)
    if found.cursor:
        out.print(f"there are older packages: --cursor {found.cursor}", soft_wrap=True)


@app.command()
def explain(
    usage_id: Annotated[str, typer.Argument(help="The id of the message that reported the usage.")],
    source: Source = None,
    as_json: AsJson = False,
) -> None:
    """Explain one usage: what it took from where, why, and what became of it."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        found = explain_usage(session, usage_id, source=source)
    if as_json:
        print_json(
            {
                "usage": dataclasses.asdict(found.usage),
                "entries": [line_as_json(line) for line in found.lines],
                "reversal": dataclasses.asdict(found.reversal) if found.reversal else None,
            }
        )
        return
    print_usage(found.usage)
    print_statement(found.lines, title=f"Ledger, {len(found.lines)} lines")
    if found.reversal:
        reason = found.reversal.answer.get("reason", "")
        out.print(f"reversed {moment(found.reversal.received_at)}: {escape(str(reason))}")


def _print_outcome(outcome: Outcome, as_json: bool, done: str) -> None:
    if as_json:
        print_json({"result": outcome.result, "id": outcome.event_id, "answer": outcome.answer})
    elif outcome.result is Result.REPEATED:
        out.print(f"nothing changed: message {outcome.event_id} was applied before", markup=False)
    else:
        out.print(f"{done} (message {outcome.event_id})", markup=False)


def read_moment(given: str | None, option: str) -> datetime | None:
    """
    Return the moment that an option names, in UTC unless it says otherwise; None for none.

    Raises:
        BadParameter: it is no moment.
    """
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {given} is not a moment such as 2026-11-23T09:30:00Z") from error
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise typer.BadParameter(f"{option}: {given} lies outside the years 1 to 9999 in UTC") from error
