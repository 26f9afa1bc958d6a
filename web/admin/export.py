"""Lists as CSV: with a reason, a proof, a limit, and a line in the audit log."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Query, Request, Response

from domain.access.role import Permission
from store.reading import reading
from web.admin.acting import Why
from web.admin.export_rows import LISTS, MOST_ROWS, Wanted
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.csv_rows import BYTE_ORDER_MARK, MEDIA_TYPE, csv_text
from workers.access.operator_sessions import note_act

router = AdminRouter()


@dataclass(frozen=True)
class ExportForm:
    """Which list is wanted, in which state, and why."""

    what: Annotated[str, Form(max_length=40)]
    status: Annotated[str, Form(max_length=20)] = ""
    reason: Why = ""


@router.page("/export", Permission.LISTS_EXPORT)
def ask(
    request: Request,
    signed: SignedIn,
    what: Annotated[str, Query(max_length=40)] = "orders",
    status: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Ask which list is wanted, and why."""
    return _page(request, signed, ExportForm(what, status))


@router.action("/export", Permission.LISTS_EXPORT)
def export(request: Request, signed: SignedIn, wanted: Annotated[ExportForm, Depends()]) -> Response:
    """Return a list as a file, the newest rows first; it ends at a limit."""
    context, reason, listed = admin_of(request).context, wanted.reason.strip(), LISTS.get(wanted.what)
    if listed is None:
        return _page(request, signed, wanted, fault="There is no such list.")
    if wanted.status and wanted.status not in listed.states:
        return _page(request, signed, wanted, fault=f"In the list of {listed.title} nothing is {wanted.status}.")
    if not reason:
        return _page(request, signed, wanted, fault="Say why; the reason stands in the audit log.")
    note_act(context, signed.act("list.export", f"list:{wanted.what}", reason=reason, detail={"state": wanted.status}))
    now = context.clock()
    with reading(admin_of(request).lists.engine) as session:
        rows = listed.rows(session, Wanted(wanted.status, now))
        body = BYTE_ORDER_MARK + csv_text([listed.head]) + csv_text(rows)
    headers = {"Content-Disposition": f'attachment; filename="screph-{wanted.what}-{now:%Y-%m-%d}.csv"'}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _page(request: Request, signed: Signed, wanted: ExportForm, *, fault: str | None = None) -> Response:
    states = {state: state.replace("_", " ") for listed in LISTS.values() for state in listed.states}
    return show(
        request,
        "export.html",
        signed,
        status=200 if fault is None else 409,
        lists=[(name, listed.title) for name, listed in LISTS.items()],
        states=[("", "any"), *states.items()],
        wanted=wanted,
        most=MOST_ROWS,
        fault=fault,
    )
