"""What is stored of a person, as one document for them; each export has its line in the audit log."""

from typing import Annotated

import orjson
from fastapi import Form, Query, Request, Response

from domain.access.role import Permission
from store.access.read_admin import account_head
from store.access.read_person import personal_data
from store.reading import reading
from web.admin.acting import Why
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from workers.access.operator_sessions import note_act

router = AdminRouter()


@router.page("/account/export", Permission.PERSONAL_EXPORT)
def ask_export(request: Request, signed: SignedIn, id: Annotated[str, Query(max_length=128)]) -> Response:  # noqa: A002
    """Ask why what is known of a person is exported."""
    return _page(request, signed, id)


@router.action("/account/export", Permission.PERSONAL_EXPORT)
def export(
    request: Request, signed: SignedIn, account_id: Annotated[str, Form(max_length=128)], reason: Why = ""
) -> Response:
    """Return all that is stored of a person as JSON, and write into the audit log who took it and why."""
    context = admin_of(request).context
    if not reason.strip():
        return _page(request, signed, account_id, fault="Say why; the reason stands in the audit log.")
    with reading(context.engine) as session:
        found = personal_data(session, account_id, at=context.clock())
    if found is None:
        return show(request, "not_found.html", signed, status=404)
    # Before the document leaves: nobody has it without a line that says so.
    note_act(context, signed.act("account.export", account_id=account_id, reason=reason.strip()))
    return Response(
        orjson.dumps(found, option=orjson.OPT_INDENT_2, default=str),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="person.json"'},
    )


def _page(request: Request, signed: Signed, account_id: str, *, fault: str | None = None) -> Response:
    with reading(admin_of(request).context.engine) as session:
        head = account_head(session, account_id)
    if head is None:
        return show(request, "not_found.html", signed, status=404)
    status = 200 if fault is None else 409
    return show(request, "personal_data.html", signed, status=status, head=head, fault=fault)
