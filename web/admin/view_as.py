"""Looking at the portal as an account does: for half an hour, with a reason, and changing nothing."""

from typing import Annotated

from fastapi import Form, Query, Request, Response

from domain.access.role import Permission
from domain.access.session import VIEW_LIFETIME
from store.access.read_admin import account_head
from store.reading import reading
from web.admin.acting import Why
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from workers.access.sessions import NoSuchAccount, make_view_link

router = AdminRouter()


@router.page("/account/view-as", Permission.ACCOUNTS_VIEW_AS)
def ask_view(request: Request, signed: SignedIn, id: Annotated[str, Query(max_length=128)]) -> Response:  # noqa: A002
    """Ask why somebody wants to look at the portal as an account does."""
    return _page(request, signed, id)


@router.action("/account/view-as", Permission.ACCOUNTS_VIEW_AS)
def view(
    request: Request, signed: SignedIn, account_id: Annotated[str, Form(max_length=128)], reason: Why = ""
) -> Response:
    """
    Make the link that lets them in, once, and show it.

    A page with a link and no redirect: browsers hold redirects that answer a form to `form-action`.
    """
    context = admin_of(request).context
    if not reason.strip():
        return _page(request, signed, account_id, fault="Say why; the reason stands in the audit log.")
    try:
        token = make_view_link(context, signed.actor, account_id, reason=reason.strip())
    except NoSuchAccount:
        return show(request, "not_found.html", signed, status=404)
    return _page(request, signed, account_id, link=f"{context.channels.portal_url}/enter/{token}?look=true")


def _page(
    request: Request, signed: Signed, account_id: str, *, fault: str | None = None, link: str | None = None
) -> Response:
    with reading(admin_of(request).context.engine) as session:
        head = account_head(session, account_id)
    if head is None:
        return show(request, "not_found.html", signed, status=404)
    return show(
        request,
        "view_as.html",
        signed,
        status=200 if fault is None else 409,
        head=head,
        fault=fault,
        link=link,
        minutes=int(VIEW_LIFETIME.total_seconds()) // 60,
    )
