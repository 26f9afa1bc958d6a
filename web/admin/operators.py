"""Operators: who there is, with which role; invited, changed and disabled."""

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.operator import UnableToChangeOperator
from domain.access.role import PERMISSIONS, Permission, Role
from store.access.read_operators import list_operators
from store.reading import reading
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from workers.access.operators import change_role, disable_operator, invite_again, invite_operator

router = AdminRouter()

Name = Annotated[str, Form(max_length=200)]


@router.page("/operators", Permission.OPERATORS_READ)
def operators(request: Request, signed: SignedIn) -> Response:
    """Show all operators, and what each role may do."""
    return _page(request, signed)


@router.action("/operators", Permission.OPERATORS_CHANGE)
def invite(request: Request, signed: SignedIn, role: Annotated[Role, Form()], name: Name = "") -> Response:
    """Invite somebody; the page that answers shows the link, this once."""
    admin = admin_of(request)
    try:
        token = invite_operator(admin.context, signed.actor, name, role)
    except UnableToChangeOperator as error:
        return _page(request, signed, fault=str(error))
    return _page(request, signed, link=f"{admin.address}/invite/{token}", invited=name)


@router.action("/operators/{name}/invite", Permission.OPERATORS_CHANGE)
def again(request: Request, name: str, signed: SignedIn) -> Response:
    """Invite somebody again, who has lost their telephone or their password."""
    admin = admin_of(request)
    try:
        token = invite_again(admin.context, signed.actor, name)
    except UnableToChangeOperator as error:
        return _page(request, signed, fault=str(error))
    return _page(request, signed, link=f"{admin.address}/invite/{token}", invited=name)


@router.action("/operators/{name}/role", Permission.OPERATORS_CHANGE)
def role_of(request: Request, name: str, signed: SignedIn, role: Annotated[Role, Form()]) -> Response:
    """Give somebody another role."""
    try:
        change_role(admin_of(request).context, signed.actor, name, role)
    except UnableToChangeOperator as error:
        return _page(request, signed, fault=str(error))
    return RedirectResponse("/operators", status_code=303)


@router.action("/operators/{name}/disable", Permission.OPERATORS_CHANGE)
def disable(request: Request, name: str, signed: SignedIn) -> Response:
    """Let somebody in no more."""
    try:
        disable_operator(admin_of(request).context, signed.actor, name)
    except UnableToChangeOperator as error:
        return _page(request, signed, fault=str(error))
    return RedirectResponse("/operators", status_code=303)


def _page(
    request: Request, signed: Signed, *, fault: str | None = None, link: str | None = None, invited: str | None = None
) -> Response:
    context = admin_of(request).context
    with reading(context.engine) as session:
        lines = list_operators(session)
    return show(
        request,
        "operators.html",
        signed,
        status=200 if fault is None else 409,
        lines=lines,
        roles=list(Role),
        role_choices=[(role, role) for role in Role],
        role_columns=[("Permission", False, None), *((role, False, None) for role in Role)],
        permissions=PERMISSIONS,
        every_permission=list(Permission),
        now=context.clock(),
        fault=fault,
        link=link,
        invited=invited,
    )
