"""What waits for a second person: approved or declined by somebody else than whoever asked for it."""

from typing import Annotated, Any

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from domain.access.second_person import OperatorRequest, RequestKind
from messages.errors import MessageRejected
from store.access.read_requests import recent_requests, waiting_requests
from store.reading import reading
from web.admin.acting import Why
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.words import said, tone
from workers.second_person import approve_request, ask_second_person, decline_request

router = AdminRouter()

RequestId = Annotated[int, Form(gt=0, lt=2**63)]

PERMISSIONS = {RequestKind.GRANT: Permission.MINUTES_GRANT, RequestKind.REFUND: Permission.ORDERS_REFUND}
"""What somebody has to be allowed to approve or decline a request of a kind."""


@router.page("/requests", Permission.ACCOUNTS_READ)
def requests(request: Request, signed: SignedIn, done: Annotated[str | None, Query(max_length=20)] = None) -> Response:
    """Show what waits for a second person, and what became of the last requests."""
    return _page(request, signed, done=said(done))


@router.action("/requests/grant/approve", Permission.MINUTES_GRANT)
def approve_grant(request: Request, signed: SignedIn, request_id: RequestId, reason: Why = "") -> Response:
    """Approve a grant that somebody else has asked for."""
    return _approve(request, signed, RequestKind.GRANT, request_id, reason)


@router.action("/requests/grant/decline", Permission.MINUTES_GRANT)
def decline_grant(request: Request, signed: SignedIn, request_id: RequestId, reason: Why = "") -> Response:
    """Decline a grant, or take back that one has asked for it."""
    return _decline(request, signed, RequestKind.GRANT, request_id, reason)


@router.action("/requests/refund/approve", Permission.ORDERS_REFUND)
def approve_refund(request: Request, signed: SignedIn, request_id: RequestId, reason: Why = "") -> Response:
    """Approve a refund that somebody else has asked for."""
    return _approve(request, signed, RequestKind.REFUND, request_id, reason)


@router.action("/requests/refund/decline", Permission.ORDERS_REFUND)
def decline_refund(request: Request, signed: SignedIn, request_id: RequestId, reason: Why = "") -> Response:
    """Decline a refund, or take back that one has asked for it."""
    return _decline(request, signed, RequestKind.REFUND, request_id, reason)


def ask(request: Request, signed: Signed, wanted: OperatorRequest) -> Response:
    """Let what needs a second person wait for one, and lead to where it waits."""
    act = signed.act(
        "request.ask", wanted.object, account_id=wanted.account_id, reason=wanted.reason, detail={"what": wanted.words}
    )
    ask_second_person(admin_of(request).context, act, wanted)
    return RedirectResponse("/requests?done=request_asked", status_code=303)


def _approve(request: Request, signed: Signed, kind: RequestKind, request_id: int, reason: str) -> Response:
    try:
        refused = approve_request(admin_of(request).context, signed.actor, kind, request_id, reason=reason.strip())
    except MessageRejected as error:
        return _page(request, signed, fault=f"{error.reason}.")
    if refused is not None:
        return _page(request, signed, fault=f"{refused}.")
    return RedirectResponse("/requests?done=request_approved", status_code=303)


def _decline(request: Request, signed: Signed, kind: RequestKind, request_id: int, reason: str) -> Response:
    if not reason.strip():
        return _page(request, signed, fault="Say why; the reason stands in the audit log.")
    refusal = decline_request(admin_of(request).context, signed.actor, kind, request_id, reason=reason.strip())
    if refusal is not None:
        return _page(request, signed, fault=f"{refusal.reason}.")
    return RedirectResponse("/requests?done=request_declined", status_code=303)


def _page(request: Request, signed: Signed, *, done: str | None = None, fault: str | None = None) -> Response:
    context = admin_of(request).context
    now = context.clock()
    with reading(context.engine) as session:
        values: dict[str, Any] = {
            "waiting": waiting_requests(session, at=now),
            "recent": [one for one in recent_requests(session) if one.state != "waiting" or one.is_over(at=now)],
        }
    return show(
        request,
        "requests.html",
        signed,
        status=200 if fault is None else 409,
        done=done,
        fault=fault,
        now=now,
        needed={str(kind): str(permission) for kind, permission in PERMISSIONS.items()},
        tone_of=tone,
        **values,
    )
