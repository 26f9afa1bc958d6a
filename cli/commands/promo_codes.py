"""`billing promotions codes …`: what codes give, the codes themselves, and what became of them."""

import csv
import dataclasses
import getpass
import re
import sys
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli.amounts import UnableToReadAmount, check_currencies, read_amount, read_share
from cli.commands.promotion_page import print_promotion, promotion_as_json
from cli.context import hand_in, open_wiring
from cli.output import AsJson, length, moment, out, print_json, print_table
from domain.promotions.promotion import Buyers, CodeKind
from domain.refusal import Refusal
from messages.envelope import Envelope
from messages.promotions.codes import (
    PromotionBatchRequested,
    PromotionCreateRequested,
    PromotionExportRequested,
    PromotionPauseRequested,
    PromotionRedeemRequested,
)
from store.promotions.read import codes_of_batch, list_promotions, promotion_page
from store.reading import reading
from workers.actors import open_context
from workers.promotions.quote import Asked, quote

app = typer.Typer(help="Promo codes: made, given out, switched off, and what they cost.", no_args_is_help=True)

_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,4})?)([A-Z]{3})")

Promotion = Annotated[str, typer.Argument(help="The promotion's id, such as summer-2026.")]
By = Annotated[str | None, typer.Option(help="Who does it; who runs the command if left out.")]
MessageKey = Annotated[str | None, typer.Option("--id", help="The same id twice asks once; random if left out.")]
Amounts = Annotated[list[str] | None, typer.Option(help="An amount with its currency, such as 100.00RUB; several.")]


@app.command()
def create(
    promotion: Promotion,
    code: Annotated[str | None, typer.Option(help="Its code; without it, make batches.")] = None,
    percent: Annotated[float | None, typer.Option(min=0.01, max=100, help="Off the price.")] = None,
    off: Amounts = None,
    minutes: Annotated[int | None, typer.Option(min=1, help="Given besides what is bought.")] = None,
    bonus_percent: Annotated[float | None, typer.Option(min=0.01, max=100, help="Of what is bought, besides.")] = None,
    free_product: Annotated[str | None, typer.Option(help="The product whose package is free.")] = None,
    alone: Annotated[bool, typer.Option("--alone", help="The code is enough; nothing needs to be bought.")] = False,
    periods: Annotated[int, typer.Option(min=1, help="Of a subscription, how many are cheaper.")] = 1,
    valid_days: Annotated[
        int | None, typer.Option(min=1, help="Of minutes given besides; for ever if left out.")
    ] = None,
    starts: Annotated[datetime | None, typer.Option(help="UTC.")] = None,
    ends: Annotated[datetime | None, typer.Option(help="UTC, exclusive.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="For this product alone; several.")] = None,
    currency: Annotated[list[str] | None, typer.Option(help="For prices in this currency alone; several.")] = None,
    minimum: Amounts = None,
    first_purchase: Annotated[bool, typer.Option("--first-purchase", help="For a first purchase alone.")] = False,
    buyers: Annotated[Buyers, typer.Option(help="Whom it is for.")] = Buyers.ALL,
    returning_after: Annotated[int, typer.Option(min=0, help="Days without a purchase of a returning buyer.")] = 0,
    uses: Annotated[int | None, typer.Option(min=1, help="In all.")] = None,
    each: Annotated[int, typer.Option(min=0, help="By one person; 0: any number.")] = 1,
    a_day: Annotated[int | None, typer.Option(min=1, help="On one UTC day.")] = None,
    budget_minutes: Annotated[int | None, typer.Option(min=1, help="Given besides, in all.")] = None,
    budget: Amounts = None,
    account: Annotated[str | None, typer.Option(help="Whose code it is alone.")] = None,
    by: By = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a promotion: `create summer-2026 --code SUMMER10 --percent 10 --uses 1000`. Exits 1 if it is refused."""
    shares = (("--percent", percent), ("--bonus-percent", bonus_percent))
    share = next((read_share(value, option=option) for option, value in shares if value is not None), None)
    check_currencies(currency or (), option="--currency")
    data = {
        "promotion_id": promotion,
        "kind": _kind(percent=percent, off=off, minutes=minutes, bonus_percent=bonus_percent, free=free_product),
        "share": share,
        "amounts_minor": _by_currency(off, "--off"),
        "seconds": None if minutes is None else minutes * 60,
        "free_product_id": free_product,
        "periods": periods,
        "valid_days": valid_days,
        "needs_purchase": not alone,
        "starts_at": _utc(starts),
        "ends_at": _utc(ends),
        "product_ids": product or [],
        "currencies": currency or [],
        "minimum_minor": _by_currency(minimum, "--minimum"),
        "first_purchase_only": first_purchase,
        "buyers": buyers,
        "returning_after_days": returning_after,
        "uses": uses,
        "uses_each": each,
        "uses_a_day": a_day,
        "budget_seconds": None if budget_minutes is None else budget_minutes * 60,
        "budget_minor": _by_currency(budget, "--budget"),
        "code": code,
        "account_id": account,
        "created_by": _name(by),
    }
    answer = _ask(PromotionCreateRequested, data, message_id)
    _end(answer, f"made: {promotion}" + (f", code {code}" if code else ""), as_json=as_json)


@app.command()
def batch(
    promotion: Promotion,
    codes: Annotated[int, typer.Argument(min=1, max=100_000, help="How many.")],
    by: By = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Make codes for one use each that nobody can guess; `export` gives them out."""
    data = {"promotion_id": promotion, "codes": codes, "created_by": _name(by)}
    answer = _ask(PromotionBatchRequested, data, message_id)
    _end(answer, f"made: {codes} codes, batch {answer.get('batch')}", as_json=as_json)


@app.command()
def export(
    promotion: Promotion,
    batch: Annotated[int, typer.Argument(min=1, help="The batch's number.")],
    again: Annotated[bool, typer.Option("--again", help="It was given out before, and that is known.")] = False,
    by: By = None,
) -> None:
    """Print the codes of a batch as CSV, once; who took them is noted. Exits 1 if somebody has taken them before."""
    data = {"promotion_id": promotion, "batch": batch, "exported_by": _name(by), "again": again}
    answer = _ask(PromotionExportRequested, data, None)
    if "code" in answer:
        _end(answer, "", as_json=False)
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(("code",))
    with open_wiring() as wiring, reading(wiring.engine) as session:
        lines.writerows((text,) for text in codes_of_batch(session, promotion, batch))


@app.command("list")
def list_command(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many on a page.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before: the next page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List promotions that have codes, the newest first."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = list_promotions(session, limit=limit, cursor=cursor)
    if as_json:
        print_json({"promotions": [dataclasses.asdict(line) for line in page.lines], "next_cursor": page.next_cursor})
        return
    print_table(
        f"Promotions: {len(page.lines)}",
        ("promotion", "gives", "used", "of", "from", "until", "switched off"),
        (
            (
                escape(line.id),
                line.kind,
                line.used,
                "-" if line.uses_limit is None else line.uses_limit,
                "at once" if line.starts_at is None else moment(line.starts_at)[:10],
                moment(line.ends_at)[:10],
                moment(line.paused_at)[:16],
            )
            for line in page.lines
        ),
        right="used",
    )
    if page.next_cursor is not None:
        out.print(f"more: --cursor {page.next_cursor}", markup=False, soft_wrap=True)


@app.command()
def show(promotion: Promotion, as_json: AsJson = False) -> None:
    """Show a promotion: its terms, how often it is used and what that costs, its codes and last uses."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = promotion_page(session, promotion)
    if as_json:
        print_json(promotion_as_json(page))
        return
    print_promotion(page)


@app.command()
def pause(
    promotion: Promotion,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever asks later.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Switch all codes of a promotion off at once; what is reserved or paid stays."""
    data = {"promotion_id": promotion, "is_paused": True, "paused_by": _name(by), "reason": reason}
    _end(_ask(PromotionPauseRequested, data, None), f"switched off: {promotion}", as_json=as_json)


@app.command()
def resume(promotion: Promotion, by: By = None, as_json: AsJson = False) -> None:
    """Switch the codes of a promotion on again."""
    data = {"promotion_id": promotion, "is_paused": False, "paused_by": _name(by)}
    _end(_ask(PromotionPauseRequested, data, None), f"switched on: {promotion}", as_json=as_json)


@app.command()
def redeem(
    account: Annotated[str, typer.Argument(help="Who gets what the code gives.")],
    code: Annotated[str, typer.Argument(help="One that needs no purchase.")],
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Use a code that needs no purchase, for an account. Exits 1 with the reason of a refusal."""
    with open_wiring() as wiring:
        answer = hand_in(
            wiring, PromotionRedeemRequested, {"code": code}, account=account, message_id=message_id
        ).answer
    _end(answer, f"redeemed: {code}, {length(answer.get('granted_seconds', 0))}", as_json=as_json)


@app.command("quote")
def quote_command(
    account: Annotated[str, typer.Argument(help="Who would buy.")],
    product: Annotated[str, typer.Argument(help="What.")],
    code: Annotated[list[str] | None, typer.Argument(help="With these codes, two at the most.")] = None,
    currency: Annotated[str | None, typer.Option(help="The account's, else the installation's, if left out.")] = None,
    gateway: Annotated[str | None, typer.Option(help="Chosen by the currency if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a purchase with codes would come to; nothing is reserved. Exits 1 with the reason of a refusal."""
    asked = Asked(account, product, tuple(code or ())[:2], currency=currency, gateway=gateway)
    with open_wiring() as wiring, reading(wiring.engine) as session:
        said = quote(session, open_context(wiring, with_gateways=True), asked, at=wiring.clock())
    if isinstance(said, Refusal):
        _end({"code": said.code, "reason": said.reason}, "", as_json=as_json)
        return
    if as_json:
        print_json(dataclasses.asdict(said))
        return
    out.print(f"price: {said.price} (list price {said.list_price})", markup=False, soft_wrap=True)
    if said.bonus_seconds:
        out.print(f"besides: {length(said.bonus_seconds)}", markup=False, soft_wrap=True)


class UnableToCreate(ValueError):
    """A promotion gives nothing, or more than one thing; the text says what would be right."""


def _kind(
    *, percent: float | None, off: list[str] | None, minutes: int | None, bonus_percent: float | None, free: str | None
) -> CodeKind:
    named = {
        CodeKind.PERCENT_OFF: percent,
        CodeKind.AMOUNT_OFF: off,
        CodeKind.BONUS_SECONDS: minutes,
        CodeKind.BONUS_PERCENT: bonus_percent,
        CodeKind.FREE_PACKAGE: free,
    }
    kinds = [kind for kind, value in named.items() if value]
    if len(kinds) != 1:
        raise UnableToCreate("give one of --percent, --off, --minutes, --bonus-percent and --free-product")
    return kinds[0]


def _by_currency(amounts: list[str] | None, option: str) -> dict[str, int] | None:
    read: dict[str, int] = {}
    for text in amounts or ():
        found = _AMOUNT.fullmatch(text.upper())
        if found is None:
            raise UnableToReadAmount(f"{option}: {text!r} is not an amount with its currency, such as 100.00RUB")
        check_currencies([found[2]], option=option)
        read[found[2]] = read_amount(found[1], found[2], option=option).minor
    return read or None


def _utc(at: datetime | None) -> str | None:
    return None if at is None else f"{at.isoformat()}Z"


def _name(by: str | None) -> str:
    return getpass.getuser() if by is None else by


def _ask(model: type[Envelope], data: dict[str, Any], message_id: str | None) -> dict[str, Any]:
    with open_wiring() as wiring:
        return hand_in(wiring, model, data, account=None, message_id=message_id).answer


def _end(answer: dict[str, Any], said: str, *, as_json: bool) -> None:
    """Print an answer, and exit 1 if it is a refusal."""
    if as_json:
        print_json(answer)
    elif "code" in answer:
        out.print(f"refused: {answer['code']}: {answer['reason']}", markup=False, soft_wrap=True)
    else:
        out.print(said, markup=False, soft_wrap=True)
    if "code" in answer:
        raise typer.Exit(1)
