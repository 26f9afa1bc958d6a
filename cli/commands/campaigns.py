"""`billing promotions campaigns create | approve | void | list | show`: the same minutes for everyone in a segment."""

import dataclasses
import getpass
from typing import Annotated, Any

import typer
from rich.markup import escape

from boot.wiring import Wiring
from cli.commands.minutes import read_moment
from cli.commands.order_page import as_row
from cli.commands.orders import MessageKey, print_refusal
from cli.context import hand_in, open_wiring
from cli.output import AsJson, counted, length, moment, out, print_json, print_table
from cli.typed import as_typed
from domain.promotions.campaign import CampaignKind
from messages.envelope import Envelope
from messages.errors import MessageRejected
from messages.fields import MAX_GRANT_SECONDS
from messages.promotions.campaigns import (
    CampaignApproveRequested,
    CampaignCreateRequested,
    CampaignVoidRequested,
    segment_data,
)
from store.promotions.read_campaigns import CampaignPage, SegmentCost, campaign_page, list_campaigns, segment_cost
from store.reading import reading
from workers.promotions.campaign import segment_of

app = typer.Typer(help="The same minutes for everyone in a segment.", no_args_is_help=True)

CampaignId = Annotated[str, typer.Argument(help="Its id, such as outage-2026-11-20.")]
By = Annotated[str | None, typer.Option(help="Who says so; who runs the command if left out.")]

MAX_MINUTES = MAX_GRANT_SECONDS // 60


@app.command()
def create(
    campaign: Annotated[str, typer.Argument(help="Its id, chosen by you; the same twice is one campaign.")],
    minutes: Annotated[int, typer.Option(min=1, max=MAX_MINUTES, help="For each account.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    kind: Annotated[CampaignKind, typer.Option(help="To make good for something, or a present.")] = (
        CampaignKind.COMPENSATION
    ),
    valid_days: Annotated[int | None, typer.Option(min=1, help="For so many days; for ever if left out.")] = None,
    used_from: Annotated[str | None, typer.Option(help="Whoever used something from then …")] = None,
    used_until: Annotated[str | None, typer.Option(help="… until before then.")] = None,
    unused_since: Annotated[str | None, typer.Option(help="Whoever used nothing since then.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="Whoever bought it; several: any of them.")] = None,
    country: Annotated[list[str] | None, typer.Option(help="Of an order, such as RU; several: any of them.")] = None,
    balance_below: Annotated[int | None, typer.Option(help="Seconds of balance at the most, exclusive.")] = None,
    balance_at_least: Annotated[int | None, typer.Option(help="Seconds of balance at the least.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="Nobody who is in that campaign.")] = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="Every account, without another criterion.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, say what it costs, and write nothing.")] = False,
    by: By = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a campaign; it begins at once, or waits for approval by somebody else. Exits 1 with why it cannot be."""
    criteria = {
        "is_everyone": everyone or None,
        "used_from": read_moment(used_from, "--used-from"),
        "used_until": read_moment(used_until, "--used-until"),
        "unused_since": read_moment(unused_since, "--unused-since"),
        "product_ids": product,
        "countries": country,
        "balance_below_seconds": balance_below,
        "balance_at_least_seconds": balance_at_least,
        "without_campaign_ids": without,
    }
    segment = {name: value for name, value in criteria.items() if value not in (None, [])}
    if dry_run:
        _print_cost(segment, minutes, as_json)
        return
    data = {
        "campaign_id": campaign,
        "kind": kind,
        "segment": segment,
        "minutes": minutes,
        "valid_days": valid_days,
        "reason": reason,
        "created_by": by or getpass.getuser(),
    }
    _hand_in(CampaignCreateRequested, data, message_id, as_json)


@app.command()
def approve(campaign: CampaignId, by: By = None, message_id: MessageKey = None, as_json: AsJson = False) -> None:
    """Let a campaign begin that somebody else has made. Exits 1 with the reason why not."""
    data = {"campaign_id": campaign, "approved_by": by or getpass.getuser()}
    _hand_in(CampaignApproveRequested, data, message_id, as_json)


@app.command()
def void(
    campaign: CampaignId,
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    by: By = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Stop a campaign and take back what is left of it; what was used stays used. Exits 1 with the reason why not."""
    data = {"campaign_id": campaign, "voided_by": by or getpass.getuser(), "reason": reason}
    _hand_in(CampaignVoidRequested, data, message_id, as_json)


@app.command("list")
def list_command(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many on a page.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before: the next page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List campaigns, the newest first."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        lines, following = list_campaigns(session, limit=limit, cursor=cursor)
    if as_json:
        print_json({"campaigns": [as_row(line) for line in lines], "next_cursor": following})
        return
    print_table(
        f"Campaigns: {len(lines)}",
        ("id", "kind", "state", "accounts", "each", "made by", "made on"),
        (
            (
                escape(line.id),
                line.kind,
                line.status,
                line.accounts,
                length(line.seconds_each),
                escape(line.created_by),
                moment(line.created_at),
            )
            for line in lines
        ),
        right="accounts",
    )
    if following:
        out.print(f"there are older ones: --cursor {following}", soft_wrap=True)


@app.command()
def show(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Show a campaign and how far it is."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = campaign_page(session, campaign)
    if as_json:
        print_json(dataclasses.asdict(page))
        return
    for name, value in _labelled_values(page):
        out.print(f"[bold]{name:14}[/] {escape(value)}", soft_wrap=True)


def _print_cost(segment: dict[str, Any], minutes: int, as_json: bool) -> None:
    try:
        meant = segment_of(segment_data(segment))
    except MessageRejected as error:
        raise MessageRejected(error.code, as_typed(error.reason)) from error
    with open_wiring() as wiring:
        with reading(wiring.engine) as session:
            cost = segment_cost(session, meant, seconds_each=60 * minutes, at=wiring.clock())
        needs_approval = cost.seconds > 60 * wiring.settings.campaign_approval_minutes
    if as_json:
        print_json(as_row(cost) | {"worth": [as_row(one) for one in cost.worth], "needs_approval": needs_approval})
        return
    out.print(_cost_sentence(cost), soft_wrap=True)
    if needs_approval:
        out.print("somebody else will have to approve it (CAMPAIGN_APPROVAL_MINUTES)", soft_wrap=True)


def _cost_sentence(cost: SegmentCost) -> str:
    worth = " or ".join(str(one) for one in cost.worth)
    worth = (
        f"worth {worth} at what was paid for minutes lately"
        if worth
        else "nothing was sold lately that tells their worth"
    )
    return f"{counted(cost.accounts, 'account')}, {length(cost.seconds)} in all, {worth}; nothing was written"


def _hand_in(model: type[Envelope], data: dict[str, Any], message_id: str | None, as_json: bool) -> None:
    with open_wiring() as wiring:
        answer = _answer(wiring, model, data, message_id)
    if as_json:
        print_json(answer)
    elif "code" in answer:
        print_refusal(answer)
    else:
        total = f"{counted(answer['accounts'], 'account')}, {length(answer['seconds'])} in all"
        out.print(f"campaign {answer['campaign_id']} is {answer['status']}: {total}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if "code" in answer else 0)


def _answer(wiring: Wiring, model: type[Envelope], data: dict[str, Any], message_id: str | None) -> dict[str, Any]:
    outcome = hand_in(wiring, model, data, account=None, message_id=message_id)
    return outcome.answer | {"id": outcome.event_id}


def _labelled_values(page: CampaignPage) -> list[tuple[str, str]]:
    campaign = page.campaign
    days = "for ever" if campaign.valid_days is None else f"for {counted(campaign.valid_days, 'day')}"
    criteria = ", ".join(f"{name} {value}" for name, value in campaign.segment.items())
    values = [
        ("campaign", f"{campaign.id}, {campaign.kind}, {campaign.status}"),
        ("for", f"{counted(campaign.accounts, 'account')}: {criteria}"),
        ("gives", f"{length(campaign.seconds_each)} to each, {days}"),
        ("why", campaign.reason),
        ("made by", f"{campaign.created_by}, {moment(campaign.created_at)} UTC"),
    ]
    if campaign.approved_by is not None:
        values.append(("approved by", f"{campaign.approved_by}, {moment(campaign.approved_at)} UTC"))
    if campaign.started_at is not None:
        values.append(("granted to", f"{page.granted_accounts} of {campaign.accounts}"))
        values.append(("used", f"{length(page.consumed_seconds)}, {length(page.left_seconds)} left"))
    if campaign.void_reason is not None:
        who = f"{campaign.void_requested_by}, {moment(campaign.void_requested_at)} UTC: {campaign.void_reason}"
        values.append(("voided by", who))
        values.append(("taken back", length(page.voided_seconds)))
    return values
