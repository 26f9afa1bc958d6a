"""`billing operators add | list | invite | role | disable`: who may sign in to the admin pages."""

import getpass
from typing import Annotated

import typer
from rich.markup import escape

from boot.wiring import Wiring
from cli.context import open_wiring
from cli.output import AsJson, err, moment, out, print_json, print_table
from domain.access.act import Actor, actor_of_command
from domain.access.operator import INVITE_LIFETIME
from domain.access.role import Role
from store.access.read_operators import OperatorLine, list_operators
from store.reading import reading
from workers.access.operators import change_role, disable_operator, invite_again, invite_operator
from workers.actors import open_context

app = typer.Typer(help="Who may sign in to the admin pages.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Such as anna, or a mail address.")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    as_json: AsJson = False,
) -> None:
    """Invite somebody and print a link by which they join; it works once, within two days."""
    with open_wiring() as wiring:
        token = invite_operator(open_context(wiring, with_gateways=False), _actor(), name, role)
        _print_link(wiring, token, as_json=as_json)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List operators by name."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        lines = list_operators(session)
    if as_json:
        print_json([{name: getattr(line, name) for name in line.__slots__} for line in lines])
        return
    print_table(
        f"Operators: {len(lines)}",
        ("name", "role", "state", "since", "invited by"),
        ((escape(line.name), line.role, *_state(line), escape(line.created_by)) for line in lines),
    )


@app.command()
def invite(name: Name, as_json: AsJson = False) -> None:
    """Invite an operator again and print a new link; password, app and recovery codes of before count no more."""
    with open_wiring() as wiring:
        token = invite_again(open_context(wiring, with_gateways=False), _actor(), name)
        _print_link(wiring, token, as_json=as_json)


@app.command()
def role(
    name: Name,
    role: Annotated[Role, typer.Argument(help="What they may do from now on.")],
    as_json: AsJson = False,
) -> None:
    """Give an operator another role; they have to sign in again."""
    with open_wiring() as wiring:
        change_role(open_context(wiring, with_gateways=False), _actor(), name, role)
    _print_done({"operator": name, "role": str(role)}, f"{name} is {role} now", as_json=as_json)


@app.command()
def disable(name: Name, as_json: AsJson = False) -> None:
    """Let an operator in no more, at once."""
    with open_wiring() as wiring:
        disable_operator(open_context(wiring, with_gateways=False), _actor(), name)
    _print_done({"operator": name, "disabled": True}, f"{name} can sign in no more", as_json=as_json)


def _actor() -> Actor:
    return actor_of_command(getpass.getuser())


def _state(line: OperatorLine) -> tuple[str, str]:
    if line.disabled_at is not None:
        return "disabled", moment(line.disabled_at)[:10]
    if line.joined_at is not None:
        return "joined", moment(line.joined_at)[:10]
    return "invited", moment(line.created_at)[:10]


def _print_link(wiring: Wiring, token: str, *, as_json: bool) -> None:
    link = f"{wiring.settings.admin_url}/invite/{token}"
    if as_json:
        print_json({"link": link})
        return
    out.print(link, soft_wrap=True, highlight=False, markup=False)
    err.print(f"It works once, within {INVITE_LIFETIME.days} days; it is printed this once.")


def _print_done(row: dict[str, object], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(row)
    else:
        out.print(sentence, markup=False)
