"""What an operator's role does not allow: a page that says so, and a line in the audit log."""

from datetime import timedelta

from fastapi import Request, Response

from domain.access.role import Permission
from store.access.read_operators import was_refused
from store.reading import reading
from web.admin.operator import Signed, admin_of, signed_in
from web.admin.show import show
from workers.access.operator_sessions import note_act

NOTED_EVERY = timedelta(minutes=15)
"""For one session and route; a program that tries again and again fills no log."""


def refuse(request: Request, permission: Permission) -> Response:
    """Say that the role does not allow it, and note who has tried: pages show no button that would be refused."""
    signed = signed_in(request)
    _note(request, signed, permission)
    return show(request, "not_allowed.html", signed, status=403, permission=permission)


def _note(request: Request, signed: Signed, permission: Permission) -> None:
    context = admin_of(request).context
    # By the route, not by the address, which may hold what people have typed.
    object_name = f"{request.method} {request.scope['route'].path}"
    since = context.clock() - NOTED_EVERY
    with reading(context.engine) as session:
        if was_refused(session, signed.operator.session_id, object_name, since=since):
            return
    note_act(context, signed.act("access.refuse", object_name, detail={"permission": permission}))
