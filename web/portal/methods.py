"""Cards and wallets that are saved: which one is charged, saving another one, and forgetting one."""

from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.ids import setup_id_of_message
from domain.payments.route import fitting_gateways
from messages.envelope import AboutAccount
from messages.errors import MessageRejected, Unavailable
from messages.payments.methods import MethodForgetRequested, MethodPreferRequested, SetupRequested
from messages.subscriptions.requests import SubscriptionChangeRequested
from store.payments.read_methods import list_methods
from store.reading import reading
from store.subscriptions.read import SubscriptionPage, live_subscription
from web.portal.show import show
from web.portal.subscribe import ask_setup
from web.portal.subscription import SOURCE, read_subscription
from web.portal.visitor import OwnerOnly, OwnForm, Signed, SignedIn, portal_of
from workers.submit import Submission, submit

BUYER = "buyer"

Came = Literal["", "saved", "failed", "pending", "refused"]

router = APIRouter()


@router.get("/subscription/method")
def methods(request: Request, signed: SignedIn, came: Came = "") -> Response:
    """Show what is saved and what of it is charged; notices link here."""
    return _page(request, signed, came=came)


@router.post("/subscription/method")
def use(
    request: Request,
    signed: OwnForm,
    action: Annotated[Literal["charge", "prefer", "forget"], Form()],
    method_id: Annotated[int, Form(gt=0, lt=2**53)],
    form_id: Annotated[str, Form(max_length=64)],
) -> Response:
    """Charge a saved method from now on, for the subscription or before all others; or forget it."""
    models: dict[str, type[AboutAccount]] = {
        "charge": SubscriptionChangeRequested,
        "prefer": MethodPreferRequested,
        "forget": MethodForgetRequested,
    }
    data: dict[str, Any] = {"method_id": method_id} | ({"changed_by": BUYER} if action == "charge" else {})
    message = Submission(models[action], signed.visitor.account_id, data, SOURCE, f"{form_id}-{action}-{method_id}")
    try:
        answer = submit(portal_of(request).context, message).answer
    except MessageRejected:
        return _page(request, signed, status=400, came="refused")
    except Unavailable:
        return _page(request, signed, status=503, came="refused")
    if "code" in answer:
        return _page(request, signed, status=409, came="refused", trouble=answer["code"])
    return RedirectResponse("/subscription/method", status_code=303)


@router.post("/subscription/method/new")
def save(
    request: Request,
    signed: OwnForm,
    form_id: Annotated[str, Form(max_length=64, pattern=r"^[0-9A-Za-z-]+$")],
    gateway: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Lead to a page of a gateway on which a method is saved and nothing is paid."""
    portal = portal_of(request)
    back = f"{portal.address}/subscription/method/returned/{setup_id_of_message(SOURCE, form_id)}"
    data = {
        "currency": _currency(request, signed),
        "gateway": gateway or None,
        "locale": signed.reader.language,
        "return_url": back,
        "cancel_url": back,
    }
    message = Submission(SetupRequested, signed.visitor.account_id, data, SOURCE, form_id)
    try:
        answer = submit(portal.context, message).answer
    except MessageRejected:
        return _page(request, signed, status=400, came="refused")
    except Unavailable:
        return _page(request, signed, status=503, came="refused", trouble="Away")
    if "url" not in answer:
        return _page(request, signed, status=409, came="refused", trouble="WithPaymentAlone")
    return show(request, "leave.html", signed.reader, signed=signed, url=answer["url"], gateway=answer["gateway"])


@router.get("/subscription/method/returned/{setup_id}")
def come_back(request: Request, setup_id: str, signed: OwnerOnly) -> Response:
    """Ask the gateway what became of the page that saves, and say it."""
    status = ask_setup(request, signed.visitor.account_id, setup_id[:64])
    came = {"saved": "saved", "failed": "failed", "expired": "failed"}.get(status, "pending")
    return RedirectResponse(f"/subscription/method?came={came}", status_code=303)


def _page(
    request: Request, signed: Signed, *, status: int = 200, came: Came = "", trouble: str | None = None
) -> Response:
    context, account_id = portal_of(request).context, signed.visitor.account_id
    page: SubscriptionPage | None = None
    with reading(context.engine) as session:
        found = [method for method in list_methods(session, account_id) if method.ended_at is None]
        live = live_subscription(session, account_id)
        if live is not None:
            page = read_subscription(session, signed, live.id)
    named = fitting_gateways(context.shop.routes, _currency(request, signed), None)
    return show(
        request,
        "methods.html",
        signed.reader,
        status=status,
        signed=signed,
        methods=found,
        subscription=page,
        charged=page.method.id if page and page.method else found[0].id if found and page is None else None,
        gateways=[name for name in named if name in context.gateways],
        came=came,
        trouble=trouble,
        form_id=str(uuid4()),
    )


def _currency(request: Request, signed: Signed) -> str:
    return signed.visitor.currency or portal_of(request).context.shop.currency
