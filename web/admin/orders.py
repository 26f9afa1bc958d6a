"""Orders: the list, one order with all that happened to it in time, and giving its money back by a quote."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from domain.access.role import Permission
from domain.access.second_person import NEEDS_SECOND, OperatorRequest, RequestKind
from domain.gateway.payment import PaymentStatus
from domain.money import Money, UnableToCount, money_of
from domain.payments.quote import Quote
from domain.payments.refund import RefundOrigin, RefundStatus
from domain.refusal import Refusal
from messages.payments.requests import RefundRequested
from messages.payments.reviews import OrderPollRequested
from store.access.read_operators import WantedLines, list_acts
from store.cursor import WrongCursor
from store.payments.read import OrderPage, UnknownOrder, list_orders, order_page
from store.reading import reading
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.lists import EMPTY_IS_NONE, address_with
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.saved import saved_of
from web.admin.second_person import ask
from web.admin.show import show
from web.admin.timeline import timeline_of
from web.admin.words import said, tone
from workers.context import NotSetUp
from workers.payments.refund import quote
from workers.second_person import alone_in_refund
from workers.submit import Submission

router = AdminRouter()


class Asked(BaseModel):
    """Which orders the address asks for."""

    status: Annotated[PaymentStatus | None, EMPTY_IS_NONE] = None
    cursor: str | None = Field(default=None, max_length=2_000)


class AskedRefund(BaseModel):
    """Which refund the address asks about."""

    id: str = Field(max_length=128)
    amount: str = Field(default="", max_length=30)
    waive: bool = False


@dataclass(frozen=True)
class AskForm:
    """Which order its gateway is asked about, and why."""

    id: Annotated[str, Form(max_length=64)]
    form_id: FormId
    reason: Why = ""


@dataclass(frozen=True)
class RefundForm:
    """What the form of a refund says; `expected_minor` is what its page showed as refundable."""

    order_id: Annotated[str, Form(max_length=128)]
    amount_minor: Annotated[int, Form(gt=0, lt=2**53)]
    expected_minor: Annotated[int, Form(ge=0, lt=2**53)]
    form_id: FormId
    waive: Annotated[bool, Form()] = False
    reason: Why = ""


@router.page("/orders", Permission.ORDERS_READ)
def orders(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show a page of orders, the newest first."""
    with reading(admin_of(request).lists.engine) as session:
        try:
            found = list_orders(session, status=asked.status, cursor=asked.cursor)
        except WrongCursor:
            return show(request, "not_found.html", signed, status=404)
    older = address_with("/orders", {"status": asked.status}, found.next_cursor)
    statuses = [("", "any"), *((status, status.replace("_", " ")) for status in PaymentStatus)]
    return show(
        request,
        "orders.html",
        signed,
        saved=saved_of(request, signed),
        lines=found.lines,
        older=older,
        asked=asked,
        statuses=statuses,
        tone_of=tone,
    )


@router.page("/order", Permission.ORDERS_READ)
def order(
    request: Request,
    signed: SignedIn,
    id: Annotated[str, Query(max_length=128)],  # noqa: A002
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show one order."""
    return _order_page(request, signed, id, done=said(done))


@router.action("/order/ask", Permission.ORDERS_REFUND)
def ask_gateway(request: Request, signed: SignedIn, wanted: Annotated[AskForm, Depends()]) -> Response:
    """Ask the gateway again what became of an order; whatever it says is applied."""
    act = signed.act("order.ask", f"order:{wanted.id}", reason=wanted.reason.strip())
    data = {"order_id": wanted.id, "asked_by": signed.operator.name}
    done = perform(admin_of(request).context, act, Submission(OrderPollRequested, None, data, "", wanted.form_id))
    if done.fault is not None:
        return _order_page(request, signed, wanted.id, fault=done.fault)
    return RedirectResponse(f"/order?{urlencode({'id': wanted.id, 'done': 'asked'})}", status_code=303)


@router.page("/order/refund", Permission.ORDERS_REFUND)
def ask_refund(request: Request, signed: SignedIn, asked: Annotated[AskedRefund, Query()]) -> Response:
    """Show what a refund would do, before anything happens."""
    return _refund_page(request, signed, asked)


@router.action("/order/refund", Permission.ORDERS_REFUND)
def refund(
    request: Request,
    signed: SignedIn,
    wanted: Annotated[RefundForm, Depends()],
) -> Response:
    """Give money back; refused when what may be refunded is not what the page showed."""
    context = admin_of(request).context
    with reading(context.engine) as session:
        try:
            found = order_page(session, wanted.order_id).order
        except UnknownOrder:
            return show(request, "not_found.html", signed, status=404)
    money = Money(wanted.amount_minor, found.price.currency)
    data: dict[str, Any] = {
        "order_id": found.id,
        "amount_minor": money.minor,
        "reason": wanted.reason.strip(),
        "requested_by": signed.operator.name,
        "waive_minutes": wanted.waive,
        "expected_refundable_minor": wanted.expected_minor,
    }
    if context.limits.needs_second_for_refund(money):
        return _ask_refund(request, signed, found.account_id, wanted, (money, data))
    act = signed.act(
        "order.refund",
        f"order:{found.id}",
        account_id=found.account_id,
        reason=wanted.reason.strip(),
        detail={"amount": str(money), "waives_minutes": wanted.waive, "refundable": wanted.expected_minor},
    )
    submission = Submission(RefundRequested, found.account_id, data, "", wanted.form_id)
    done = perform(context, act, submission, check=alone_in_refund(context, signed.operator.name, found.id, money))
    if done.code == NEEDS_SECOND:
        return _ask_refund(request, signed, found.account_id, wanted, (money, data))
    if done.fault is not None:
        return _refund_page(request, signed, AskedRefund(id=found.id, waive=wanted.waive), fault=done.fault)
    return RedirectResponse(f"/order?{urlencode({'id': found.id, 'done': 'refunded'})}", status_code=303)


def _order_page(
    request: Request, signed: Signed, order_id: str, *, done: str | None = None, fault: str | None = None
) -> Response:
    with reading(admin_of(request).context.engine) as session:
        try:
            page = order_page(session, order_id)
        except UnknownOrder:
            return show(request, "not_found.html", signed, status=404)
        acts, _ = list_acts(session, WantedLines(object=f"order:{page.order.id}", limit=20))
    return show(
        request,
        "order.html",
        signed,
        status=200 if fault is None else 409,
        page=page,
        events=timeline_of(page),
        acts=acts,
        tone_of=tone,
        done=done,
        fault=fault,
        form_id=new_form_id(),
    )


def _ask_refund(
    request: Request, signed: Signed, account_id: str, wanted: RefundForm, what: tuple[Money, dict[str, Any]]
) -> Response:
    money, data = what
    if not data["reason"]:
        asked = AskedRefund(id=wanted.order_id, waive=wanted.waive)
        return _refund_page(request, signed, asked, fault="Say why; the reason stands in the audit log.")
    words = f"{money}{', the buyer keeps the minutes' if wanted.waive else ''}"
    wanted_by_two = OperatorRequest(
        kind=RequestKind.REFUND,
        account_id=account_id,
        object=f"order:{data['order_id']}",
        words=words,
        data=data,
        message_id=wanted.form_id,
        reason=data["reason"],
        asked_by=signed.operator.name,
        asked_at=admin_of(request).context.clock(),
    )
    return ask(request, signed, wanted_by_two)


def _given_back_minor(page: OrderPage) -> int:
    """Return what our own refunds give back of an order, as the limit for one operator counts it."""
    ours = (one for one in page.refunds if one.origin is RefundOrigin.OURS and one.status is not RefundStatus.FAILED)
    return sum(one.amount.minor for one in ours)


def _refund_page(request: Request, signed: Signed, asked: AskedRefund, *, fault: str | None = None) -> Response:
    context = admin_of(request).context
    with reading(context.engine) as session:
        try:
            page = order_page(session, asked.id)
        except UnknownOrder:
            return show(request, "not_found.html", signed, status=404)
    found, before = page.order, _given_back_minor(page)
    quoted: Quote | Refusal | None = None
    wrong_amount = None
    try:
        minor = money_of(asked.amount.strip(), found.price.currency).minor if asked.amount.strip() else None
        quoted = quote(context, found.id, minor, waives_minutes=asked.waive)
    except UnableToCount as error:
        wrong_amount = str(error)
    except NotSetUp as error:
        quoted = Refusal("NotSetUp", str(error))
    refusal = quoted if isinstance(quoted, Refusal) else None
    wanted = Money(before + (quoted.amount.minor if isinstance(quoted, Quote) else 0), found.price.currency)
    return show(
        request,
        "refund.html",
        signed,
        status=200 if fault is None else 409,
        order=found,
        asked=asked,
        quote=quoted if isinstance(quoted, Quote) else None,
        needs_second=context.limits.needs_second_for_refund(wanted),
        refusal=refusal,
        wrong_amount=wrong_amount,
        fault=fault,
        form_id=new_form_id(),
    )
