"""`billing promotions referrals terms | code | attribute | list`: accounts that invite others."""

import getpass
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli.commands.order_page import as_row
from cli.commands.orders import MessageKey, print_refusal
from cli.context import hand_in, open_wiring
from cli.output import AsJson, length, moment, out, print_json, print_table
from messages.envelope import Envelope
from messages.fields import MAX_GRANT_SECONDS
from messages.promotions.referrals import (
    ReferralAttributionRequested,
    ReferralCodeRequested,
    ReferralTermsSetRequested,
)
from store.promotions.read_referrals import list_referrals
from store.reading import reading

app = typer.Typer(help="Accounts that invite others, and what both sides are given.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(help="Screph's id of the account.")]
By = Annotated[str | None, typer.Option(help="Who says so; who runs the command if left out.")]

MAX_MINUTES = MAX_GRANT_SECONDS // 60


@app.command()
def terms(
    referrer_minutes: Annotated[int, typer.Option(min=0, max=MAX_MINUTES, help="For whoever invites.")],
    friend_minutes: Annotated[int, typer.Option(min=0, max=MAX_MINUTES, help="For whoever comes.")],
    monthly_limit: Annotated[int, typer.Option(min=1, help="Rewards of one account in a calendar month.")] = 10,
    window_days: Annotated[int, typer.Option(min=0, help="From the payment until it counts.")] = 14,
    valid_days: Annotated[int | None, typer.Option(min=1, help="For so many days; for ever if left out.")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Nobody can be invited any more.")] = False,
    by: By = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Say what referrals give from now on; those that have begun keep what they were promised."""
    data = {
        "referrer_seconds": 60 * referrer_minutes,
        "friend_seconds": 60 * friend_minutes,
        "monthly_limit": monthly_limit,
        "window_days": window_days,
        "valid_days": valid_days,
        "is_open": not closed,
        "created_by": by or getpass.getuser(),
    }
    answer = _hand_in(ReferralTermsSetRequested, data, None, message_id, as_json)
    state = "can be invited" if answer.get("is_open") else "cannot be invited"
    _finish(answer, as_json, f"friends {state}; the terms are set")


@app.command()
def code(account: Account, message_id: MessageKey = None, as_json: AsJson = False) -> None:
    """Show the code and the link by which an account invites; they are made the first time."""
    answer = _hand_in(ReferralCodeRequested, {}, account, message_id, as_json)
    _finish(answer, as_json, f"{answer.get('code')}  {answer.get('link')}")


@app.command()
def attribute(
    account: Account,
    code: Annotated[str, typer.Option(help="By which the account came.")],
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Attribute an account to whoever has invited it. Exits 1 with the reason why not."""
    answer = _hand_in(ReferralAttributionRequested, {"code": code}, account, message_id, as_json)
    _finish(answer, as_json, f"referral {answer.get('referral_id')} is attributed")


@app.command("list")
def list_command(
    account: Annotated[str | None, typer.Option(help="Only those of this account, on either side.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many on a page.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before: the next page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List referrals, the newest first."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        lines, following = list_referrals(session, account_id=account, limit=limit, cursor=cursor)
    if as_json:
        print_json({"referrals": [as_row(line) for line in lines], "next_cursor": following})
        return
    print_table(
        f"Referrals: {len(lines)}",
        ("invited by", "friend", "state", "came on", "decided on", "given"),
        (
            (
                escape(line.referrer_id),
                escape(line.friend_id),
                line.status if line.why is None else f"{line.status} ({line.why})",
                moment(line.attributed_at),
                "" if line.due_at is None else moment(line.due_at),
                f"{length(line.referrer_seconds)} + {length(line.friend_seconds)}",
            )
            for line in lines
        ),
    )
    if following:
        out.print(f"there are older ones: --cursor {following}", soft_wrap=True)


def _hand_in(
    model: type[Envelope], data: dict[str, Any], account: str | None, message_id: str | None, as_json: bool
) -> dict[str, Any]:
    with open_wiring() as wiring:
        outcome = hand_in(wiring, model, data, account=account, message_id=message_id)
    answer = outcome.answer | {"id": outcome.event_id}
    if as_json:
        print_json(answer)
    return answer


def _finish(answer: dict[str, Any], as_json: bool, sentence: str) -> None:
    is_refused = "reason" in answer
    if not as_json and is_refused:
        print_refusal(answer)
    elif not as_json:
        out.print(sentence, markup=False, soft_wrap=True)
    raise typer.Exit(1 if is_refused else 0)
