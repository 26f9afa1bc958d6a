"""The one search box: whatever somebody has in their hand leads to its page."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from store.access.read_admin import Hit, list_accounts, search
from store.cursor import WrongCursor
from store.reading import reading
from web.admin.lists import address_with, first_page
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.saved import saved_of
from web.admin.show import show
from web.admin.words import mail

router = AdminRouter()


def address_of_hit(hit: Hit) -> str:
    """Return the address of what was found."""
    path = {
        "account": "/account",
        "order": "/order",
        "subscription": "/subscription",
        "usage": "/usage",
        "promotion": "/promotion",
        "campaign": "/campaign",
    }[hit.kind]
    return f"{path}?{urlencode({'id': hit.id})}"


@router.page("/search", Permission.ACCOUNTS_READ)
def find(request: Request, signed: SignedIn, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show what has this name; one thing alone is shown at once."""
    context = admin_of(request).context
    with reading(context.engine) as session:
        hits = search(session, q, at=context.clock())
    found = {address_of_hit(hit): hit for hit in hits}
    if len(found) == 1:
        return RedirectResponse(next(iter(found)), status_code=303)
    return show(request, "search.html", signed, q=q, found=found)


@router.page("/accounts", Permission.ACCOUNTS_READ)
def accounts(
    request: Request,
    signed: SignedIn,
    only: Annotated[Literal["", "blocked", "test"], Query()] = "",
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Show accounts, the newest first; all of them, or those that are blocked or for tests."""
    with reading(admin_of(request).lists.engine) as session:
        try:
            lines, following = list_accounts(session, only=only or None, cursor=cursor)
        except WrongCursor:
            return show(request, "not_found.html", signed, status=404)
    filters = {"only": only}
    return show(
        request,
        "accounts.html",
        signed,
        saved=saved_of(request, signed),
        lines=lines,
        only=only,
        older=address_with("/accounts", filters, following),
        newest=first_page("/accounts", filters) if cursor else None,
        mail=mail,
    )
