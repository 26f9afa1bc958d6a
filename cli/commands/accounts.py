"""`billing accounts block | unblock | close | export`: what an account may do, and what is known of its person."""

import getpass
from typing import Annotated, Any
from uuid import uuid4

import typer

from cli.commands.orders import print_refusal
from cli.context import open_wiring
from cli.output import AsJson, out, print_json
from cli.typed import as_typed
from domain.access.act import Act, actor_of_command
from messages.access.standing import AccountBlockRequested, AccountCloseRequested, AccountUnblockRequested
from messages.envelope import AboutAccount
from messages.errors import MessageRejected
from store.access.read_person import personal_data
from store.minutes.read_account import require_account
from store.reading import reading
from workers.access.operator_sessions import note_act
from workers.actors import open_context
from workers.operate import operate
from workers.submit import Submission

app = typer.Typer(help="What accounts may do, and what is known of their persons.", no_args_is_help=True)

MAX_REASON = 500

IT_CANNOT_BE_UNDONE = (
    "this cannot be undone: mail address, name, browsers, tokens and saved methods are erased, subscriptions and auto"
    " top-up end, minutes stay in the ledger and can be spent no more; `billing accounts export` first, then say --yes"
)


class UnableToChangeAccount(ValueError):
    """What is asked for needs something else first; the text says what."""


Account = Annotated[str, typer.Argument(help="Screph's id of the account.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for whoever asks later.")]
Key = Annotated[str | None, typer.Option("--id", help="The same twice has one effect.")]


@app.command()
def block(account: Account, reason: Why, message_id: Key = None, as_json: AsJson = False) -> None:
    """Let an account neither buy nor spend on request; usage that is reported is booked all the same."""
    answer = _ask(AccountBlockRequested, "account.block", account, reason, message_id)
    _print(answer, f"account {account} is blocked", as_json=as_json)


@app.command()
def unblock(account: Account, reason: Why, message_id: Key = None, as_json: AsJson = False) -> None:
    """Let an account buy and spend again."""
    answer = _ask(AccountUnblockRequested, "account.unblock", account, reason, message_id)
    _print(answer, f"account {account} is not blocked any more", as_json=as_json)


@app.command()
def close(
    account: Account,
    reason: Why,
    yes: Annotated[bool, typer.Option("--yes", help="It cannot be undone; without this nothing happens.")] = False,
    message_id: Key = None,
    as_json: AsJson = False,
) -> None:
    """Close an account for ever: its person is erased, subscriptions end; ids, minutes and the ledger stay."""
    answer = _ask(AccountCloseRequested, "account.close", account, reason, message_id, is_sure=yes)
    _print(answer, f"account {account} is closed; subscriptions end by the next tick", as_json=as_json)


@app.command()
def export(account: Account, reason: Why) -> None:
    """Print all that is stored of an account and its person, as JSON; docs/operators.md describes it."""
    with open_wiring() as wiring:
        context = open_context(wiring, with_gateways=False)
        with reading(wiring.engine) as session:
            require_account(session, account)
            found = personal_data(session, account, at=context.clock())
        actor = actor_of_command(getpass.getuser())
        note_act(context, Act(actor, "account.export", account_id=account, reason=_checked(reason)))
    print_json(found)


def _ask(
    model: type[AboutAccount],
    action: str,
    account: str,
    reason: str,
    message_id: str | None,
    *,
    is_sure: bool = True,
) -> dict[str, Any]:
    with open_wiring() as wiring:
        with reading(wiring.engine) as session:
            require_account(session, account)
        if not is_sure:
            raise UnableToChangeAccount(IT_CANNOT_BE_UNDONE)
        act = Act(actor_of_command(getpass.getuser()), action, account_id=account, reason=reason)
        context = open_context(wiring, with_gateways=False)
        submission = Submission(model, account, {"reason": reason}, "", message_id or str(uuid4()))
        try:
            return operate(context, act, submission).answer
        except MessageRejected as error:
            raise MessageRejected(error.code, as_typed(error.reason)) from error


def _checked(reason: str) -> str:
    if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
        raise UnableToChangeAccount(f"--reason is 1 to {MAX_REASON} characters that can be printed")
    return reason


def _print(answer: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    elif "code" in answer:
        print_refusal(answer)
    else:
        out.print(sentence, markup=False, soft_wrap=True)
    raise typer.Exit(1 if "code" in answer else 0)
