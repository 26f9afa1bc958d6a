"""Lists as CSV: orders and the audit log, with a reason, a proof, a limit, and a line in the audit log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from fastapi import Depends, Form, Request, Response

from domain.access.role import Permission
from domain.gateway.payment import PaymentStatus
from domain.money import decimal_text
from store.access.read_operators import WantedLines, list_acts
from store.engine import Session
from store.payments.read import list_orders
from store.reading import reading
from web.admin.acting import Why
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.csv_rows import BYTE_ORDER_MARK, MEDIA_TYPE, csv_text
from workers.access.operator_sessions import note_act

MOST_ROWS = 10_000

PAGE = 500

router = AdminRouter()

What = Literal["orders", "audit"]
Rows = Iterator[Sequence[str | int | None]]

HEADS: Mapping[What, tuple[str, ...]] = MappingProxyType(
    {
        "orders": (
            "order",
            "account",
            "product",
            "gateway",
            "price",
            "currency",
            "state",
            "needs_review",
            "created_at",
            "paid_at",
        ),
        "audit": ("line", "at", "who", "role", "address", "action", "object", "account", "reason", "message"),
    }
)


@dataclass(frozen=True)
class ExportForm:
    """Which list is wanted, with which filter, and why."""

    what: Annotated[What, Form()]
    status: Annotated[str, Form(max_length=20)] = ""
    reason: Why = ""


@router.page("/export", Permission.LISTS_EXPORT)
def ask(request: Request, signed: SignedIn) -> Response:
    """Ask which list is wanted, and why."""
    return show(request, "export.html", signed, statuses=_statuses(), most=MOST_ROWS, fault=None)


@router.action("/export", Permission.LISTS_EXPORT)
def export(request: Request, signed: SignedIn, wanted: Annotated[ExportForm, Depends()]) -> Response:
    """Return a list as a file, the newest rows first; it ends at a limit."""
    context, reason = admin_of(request).context, wanted.reason.strip()
    fault = None if reason else "Say why; the reason stands in the audit log."
    if wanted.status and wanted.status not in list(PaymentStatus):
        fault = f"Orders have no state {wanted.status}."
    if fault is not None:
        return show(request, "export.html", signed, status=409, statuses=_statuses(), most=MOST_ROWS, fault=fault)
    note_act(context, signed.act("list.export", f"list:{wanted.what}", reason=reason, detail={"state": wanted.status}))
    with reading(context.engine) as session:
        rows = _orders(session, wanted.status) if wanted.what == "orders" else _acts(session)
        body = BYTE_ORDER_MARK + csv_text([HEADS[wanted.what]]) + csv_text(rows)
    name = f"screph-{wanted.what}-{context.clock():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _statuses() -> list[tuple[str, str]]:
    return [("", "any"), *((status, status.replace("_", " ")) for status in PaymentStatus)]


def _orders(session: Session, status: str) -> Rows:
    cursor = None
    for _ in range(MOST_ROWS // PAGE):
        page = list_orders(session, status=PaymentStatus(status) if status else None, limit=PAGE, cursor=cursor)
        for line in page.lines:
            yield (
                line.id,
                line.account_id,
                line.product_id,
                line.gateway,
                decimal_text(line.price),
                line.price.currency,
                line.status,
                "yes" if line.needs_review else "no",
                line.created_at.isoformat(),
                line.paid_at.isoformat() if line.paid_at else None,
            )
        cursor = page.next_cursor
        if cursor is None:
            return


def _acts(session: Session) -> Rows:
    cursor = None
    for _ in range(MOST_ROWS // PAGE):
        lines, cursor = list_acts(session, WantedLines(limit=PAGE, cursor=cursor))
        for line in lines:
            message = None if line.event_id is None else f"{line.source} {line.event_id}"
            yield (
                line.id,
                line.at.isoformat(),
                line.name,
                line.role,
                line.address,
                line.action,
                line.object,
                line.account_id,
                line.reason,
                message,
            )
        if cursor is None:
            return
