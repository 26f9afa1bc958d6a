"""`billing promotions programmes create | pause | resume | list`: minutes that are earned by a rule."""

import getpass
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli.commands.minutes import read_moment
from cli.commands.order_page import as_row
from cli.commands.orders import MessageKey, print_refusal
from cli.context import hand_in, open_wiring
from cli.output import AsJson, counted, length, out, print_json, print_table
from domain.promotions.programme import Trigger
from messages.envelope import Envelope
from messages.fields import MAX_GRANT_SECONDS
from messages.promotions.programmes import ProgrammeCreateRequested, ProgrammeSwitchRequested
from store.promotions.read_referrals import ProgrammeLine, list_programmes
from store.reading import reading

app = typer.Typer(help="Minutes that a purchase or a birthday earns by a rule.", no_args_is_help=True)

ProgrammeId = Annotated[str, typer.Argument(help="Its id, such as welcome-2026.")]
By = Annotated[str | None, typer.Option(help="Who says so; who runs the command if left out.")]


@app.command()
def create(
    programme: ProgrammeId,
    trigger: Annotated[Trigger, typer.Option(help="What earns it.")],
    minutes: Annotated[int, typer.Option(min=1, max=MAX_GRANT_SECONDS // 60, help="Given each time.")],
    valid_days: Annotated[int | None, typer.Option(min=1, help="For so many days; for ever if left out.")] = None,
    purchases: Annotated[
        int | None, typer.Option(min=0, help="nth_purchase: which one; birthday: so many at the least.")
    ] = None,
    after_days: Annotated[int | None, typer.Option(min=1, help="return: nothing was bought for so long.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="Only this product counts; several: any of them.")] = None,
    starts: Annotated[str | None, typer.Option(help="From then on; from now on if left out.")] = None,
    ends: Annotated[str | None, typer.Option(help="Until before then.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Given so often at the most.")] = None,
    budget_minutes: Annotated[int | None, typer.Option(min=1, help="So many minutes in all at the most.")] = None,
    by: By = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Make a programme; it counts what is bought from now on. Exits 1 with why it cannot be."""
    data = {
        "programme_id": programme,
        "trigger": trigger,
        "seconds": 60 * minutes,
        "valid_days": valid_days,
        "purchases": purchases,
        "after_days": after_days,
        "product_ids": product or None,
        "starts_at": read_moment(starts, "--starts"),
        "ends_at": read_moment(ends, "--ends"),
        "uses_limit": limit,
        "budget_seconds": None if budget_minutes is None else 60 * budget_minutes,
        "created_by": by or getpass.getuser(),
    }
    _hand_in(ProgrammeCreateRequested, data, message_id, as_json, f"programme {programme} is there")


@app.command()
def pause(
    programme: ProgrammeId,
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    by: By = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Switch a programme off; what it has given stays. Exits 1 with the reason why not."""
    _switch(programme, is_on=False, why=(reason, by), message_id=message_id, as_json=as_json)


@app.command()
def resume(
    programme: ProgrammeId,
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    by: By = None,
    message_id: MessageKey = None,
    as_json: AsJson = False,
) -> None:
    """Switch a programme on again. Exits 1 with the reason why not."""
    _switch(programme, is_on=True, why=(reason, by), message_id=message_id, as_json=as_json)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the programmes with what they have given, the newest first."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        lines = list_programmes(session)
    if as_json:
        print_json({"programmes": [as_row(line) for line in lines]})
        return
    print_table(
        f"Programmes: {len(lines)}",
        ("id", "for", "gives", "given", "in all", "budget", "state"),
        (
            (
                escape(line.id),
                _rule(line),
                length(line.seconds),
                line.used if line.uses_limit is None else f"{line.used} of {line.uses_limit}",
                length(line.used_seconds),
                "" if line.budget_seconds is None else length(line.budget_seconds),
                "on" if line.paused_at is None else "off",
            )
            for line in lines
        ),
        right="given budget",
    )


def _switch(programme: str, *, is_on: bool, why: tuple[str, str | None], message_id: str | None, as_json: bool) -> None:
    reason, by = why
    data = {"programme_id": programme, "is_on": is_on, "reason": reason, "changed_by": by or getpass.getuser()}
    state = "on" if is_on else "off"
    _hand_in(ProgrammeSwitchRequested, data, message_id, as_json, f"programme {programme} is {state}")


def _rule(line: ProgrammeLine) -> str:
    match line.trigger:
        case Trigger.FIRST_PURCHASE:
            return "first purchase"
        case Trigger.NTH_PURCHASE:
            return f"purchase {line.purchases}"
        case Trigger.RETURN:
            return f"return after {counted(line.after_days, 'day')}"
        case Trigger.BIRTHDAY:
            return f"birthday, {counted(line.purchases, 'purchase')}"


def _hand_in(model: type[Envelope], data: dict[str, Any], message_id: str | None, as_json: bool, sentence: str) -> None:
    with open_wiring() as wiring:
        outcome = hand_in(wiring, model, data, account=None, message_id=message_id)
    if as_json:
        print_json(outcome.answer | {"id": outcome.event_id})
    elif "code" in outcome.answer:
        print_refusal(outcome.answer | {"id": outcome.event_id})
    else:
        out.print(sentence, markup=False, soft_wrap=True)
    raise typer.Exit(1 if "code" in outcome.answer else 0)
