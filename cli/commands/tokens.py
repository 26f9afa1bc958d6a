"""`billing tokens create | list | rotate | revoke`: with what programs say who they are."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape

from cli.context import open_wiring
from cli.output import AsJson, moment, out, print_json, print_table
from domain.access.scope import Scope, TokenKind
from domain.access.token import UnableToIssue
from store.access.read import TokenLine, list_tokens
from store.reading import reading
from workers.access.token import IssuedToken, WantedToken, create_token, revoke_token, rotate_token
from workers.actors import open_context

app = typer.Typer(help="Tokens of the API: users' programs and Screph's servers.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="Its number, as the list shows it.")]


@app.command()
def create(
    account: Annotated[str | None, typer.Option(help="The account that a user's token belongs to.")] = None,
    server: Annotated[str | None, typer.Option(help="For a server's token: a name that tells it from others.")] = None,
    scope: Annotated[list[Scope] | None, typer.Option(help="What it allows; all that its kind may have.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="How long it works; for ever if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once. Name an account or a server."""
    if (account is None) == (server is None):
        raise UnableToIssue("name either --account or --server")
    kind = TokenKind.USER if server is None else TokenKind.SERVER
    lifetime = None if days is None else timedelta(days=days)
    wanted = WantedToken(kind, account or server or "", tuple(scope or ()), lifetime)
    with open_wiring() as wiring:
        issued = create_token(open_context(wiring, with_gateways=False), wanted)
    _print_issued(issued, as_json=as_json)


@app.command("list")
def list_command(
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at the most.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="The page after the one that gave this.")] = None,
    as_json: AsJson = False,
) -> None:
    """List tokens, the newest first; never the tokens themselves."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = list_tokens(session, account_id=account, limit=limit, cursor=cursor)
    if as_json:
        print_json({"tokens": [_as_row(line) for line in page.lines], "next_cursor": page.next_cursor})
        return
    print_table(
        f"Tokens: {len(page.lines)}",
        ("token", "kind", "ends in", "owner", "last used", "expires", "revoked"),
        (
            (
                line.number,
                line.kind,
                line.last_four,
                escape(line.account_id or line.name or ""),
                moment(line.last_used_at)[:10],
                moment(line.expires_at)[:10],
                moment(line.revoked_at)[:10] if line.revoked_at else "",
            )
            for line in page.lines
        ),
        right="token",
    )
    if page.next_cursor:
        out.print(f"more: --cursor {page.next_cursor}", markup=False, soft_wrap=True)


@app.command()
def rotate(
    token: Number,
    overlap_hours: Annotated[int, typer.Option(min=0, max=24 * 90, help="How long the first one still works.")] = 24,
    as_json: AsJson = False,
) -> None:
    """Make a token with the owner and the scopes of another and print it; both work for a while."""
    with open_wiring() as wiring:
        context = open_context(wiring, with_gateways=False)
        issued = rotate_token(context, token, overlap=timedelta(hours=overlap_hours))
    _print_issued(issued, as_json=as_json)


@app.command()
def revoke(token: Number, as_json: AsJson = False) -> None:
    """End a token; within 5 seconds nobody takes it any more."""
    with open_wiring() as wiring:
        revoke_token(open_context(wiring, with_gateways=False), token)
    if as_json:
        print_json({"token": token, "revoked": True})
    else:
        out.print(f"token {token} is revoked")


def _print_issued(issued: IssuedToken, *, as_json: bool) -> None:
    if as_json:
        print_json({"number": issued.number, "token": issued.text})
        return
    out.print(f"token {issued.number}; it is printed this once:", markup=False)
    out.print(issued.text, markup=False, soft_wrap=True)


def _as_row(line: TokenLine) -> dict[str, object]:
    return {name: getattr(line, name) for name in line.__slots__} | {"scopes": line.scopes.split()}
