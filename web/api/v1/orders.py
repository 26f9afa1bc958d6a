"""Orders: a product is bought; the answer says where its buyer pays, and later what became of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from domain.access.scope import Scope
from domain.gateway.payment import PaymentStatus
from domain.ids import order_id_of_message
from messages.errors import Unavailable
from messages.fields import Address, Codes, Country, Currency, Data, Locale, Text64
from messages.payments.requests import PurchaseRequested
from store.payments.read import OrderPage
from store.payments.read_receipts import list_receipts, own_order_page
from web.api.v1.ask import ask, source_of
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.fields import Amount, Answer, At, ResourceId, Seconds, amount
from web.api.v1.idempotency import IdempotencyKey
from web.api.v1.operation import Family
from web.api.v1.paging import DEFAULT_LIMIT, Cursor, Limit, page
from web.api.v1.problems import BARRED, problem
from web.api.v1.refund_answers import RefundAnswer, refund_answer
from web.api.v1.return_urls import check_return_urls
from web.reading import read

family = Family("Orders", "What was bought, where it is paid, and what became of it.")

CODES = (
    "no_gateway",
    "no_price",
    "unknown_product",
    "subscription",
    "unknown_code",
    "code_expired",
    "too_early",
    "used_by_you",
    "used_up",
    "used_up_today",
    "too_many_tries",
    "one_of_a_kind",
    "below_minimum",
    "first_purchase_only",
    "returning_buyers_only",
    "other_product",
    "other_currency",
    "return_url_not_allowed",
)


class NewOrder(Data):
    """What is to be bought, and where the buyer comes back to."""

    product_id: Annotated[Text64, Field(examples=["standard"])]
    currency: Annotated[Currency | None, Field(description="Without it, the account's, else the installation's")] = None
    country: Annotated[Country | None, Field(description="Helps to choose the gateway")] = None
    gateway: Annotated[Text64 | None, Field(description="Without it, chosen by currency and country")] = None
    locale: Locale | None = None
    return_url: Annotated[Address | None, Field(description="After paying; without it, a page of the portal")] = None
    cancel_url: Annotated[Address | None, Field(description="After giving up; without it, as `return_url`")] = None
    save_method: Annotated[bool, Field(strict=True, description="Keep the method for later charges")] = False
    codes: Codes = ()


class OrderAnswer(Answer):
    """An order; while it can be paid, `redirect_url` is where."""

    id: str
    status: Annotated[PaymentStatus, Field(description="`paid` never changes again; late money makes others paid")]
    product_id: str
    title: str
    price: Amount
    list_price: Annotated[Amount, Field(description="Without codes")]
    granted_seconds: Seconds
    bonus_seconds: Seconds
    valid_days: int | None
    gateway: str
    redirect_url: Annotated[str | None, Field(description="Open it in a browser")]
    redirect_expires_at: datetime | None
    failure: Annotated[str | None, Field(description="Why it was not paid: the gateway's word")]
    created_at: At
    paid_at: datetime | None
    package_id: Annotated[str | None, Field(description="What the payment granted")]
    bonus_package_id: str | None
    subscription_id: str | None
    refunds: list[RefundAnswer]


class OrderSummary(Answer):
    """An order in a list."""

    id: str
    title: str
    price: Amount
    status: PaymentStatus
    created_at: At
    paid_at: datetime | None


class OrderList(Answer):
    """A page of orders, the newest first."""

    items: list[OrderSummary]
    next_cursor: str | None


EXAMPLE = {
    "id": "9d0c6f0e-6ad1-5f43-8c76-7f7a2f3f2a10",
    "status": "pending",
    "product_id": "standard",
    "title": "Стандартный",
    "price": {"amount_minor": 69_900, "currency": "RUB"},
    "list_price": {"amount_minor": 69_900, "currency": "RUB"},
    "granted_seconds": 18_000,
    "bonus_seconds": 0,
    "valid_days": None,
    "gateway": "yookassa",
    "redirect_url": "https://yoomoney.ru/checkout/payments/v2/contract?orderId=2d…",
    "redirect_expires_at": "2026-11-28T10:00:00Z",
    "failure": None,
    "created_at": "2026-11-28T09:00:00Z",
    "paid_at": None,
    "package_id": None,
    "bonus_package_id": None,
    "subscription_id": None,
    "refunds": [],
}

SUMMARY = {name: EXAMPLE[name] for name in ("id", "title", "price", "status", "created_at", "paid_at")}


@family.add(
    "POST",
    "/orders",
    Scope.ORDERS_WRITE,
    status=201,
    problems=(*BARRED, *CODES),
    needs_key=True,
    answers=OrderAnswer,
    example=EXAMPLE,
    more={202: "The gateway takes its time: read the order until it has a `redirect_url`"},
    headers=("Location",),
    asked={"product_id": "standard", "currency": "RUB", "codes": ["SUMMER10"]},
)
async def create_order(
    request: Request, response: Response, caller: CallerOf, wanted: NewOrder, key: IdempotencyKey
) -> OrderAnswer:
    """
    Buy a product.

    The answer says where the buyer pays. 202 says that the gateway has not answered yet: the order stands, and reading
    it says more soon. A code that does not count refuses the purchase, for its price was shown.
    """
    check_return_urls(caller.api.settings, wanted.return_url, wanted.cancel_url)
    order_id = order_id_of_message(source_of(caller), key)
    back = wanted.return_url or f"{caller.api.settings.portal_url}/return/{order_id}"
    data = wanted.model_dump(exclude={"codes"}) | {
        "return_url": back,
        "cancel_url": wanted.cancel_url or back,
        "codes": list(wanted.codes) or None,
        "address": caller.address(request) if wanted.codes else None,
    }
    try:
        await ask(request, caller, PurchaseRequested, data, key=key)
    except Unavailable:
        # Where a gateway gave no answer the order is open, and a poll goes on with it.
        if await run_in_threadpool(find_order, caller, order_id) is None:
            raise
    found = await run_in_threadpool(find_order, caller, order_id)
    if found is None:
        raise Unavailable(f"order {order_id} could not be written within the time for a request")
    if found.order.status is PaymentStatus.PENDING and found.order.redirect_url is None:
        response.status_code = 202
    response.headers["Location"] = order_path(caller, order_id)
    return order_answer(found)


@family.add(
    "GET",
    "/orders",
    Scope.ACCOUNT_READ,
    problems=("cursor_invalid",),
    answers=OrderList,
    example={"items": [SUMMARY], "next_cursor": None},
)
def list_orders(request: Request, caller: CallerOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> OrderList:
    """List orders, the newest first."""

    def find(inner: str | None) -> tuple[list[OrderSummary], str | None]:
        found = read(
            caller.context, lambda session: list_receipts(session, caller.account_id, limit=limit, cursor=inner)
        )
        return [_summary(line) for line in found.lines], found.next_cursor

    items, next_cursor = page(request, cursor, find)
    return OrderList(items=items, next_cursor=next_cursor)


@family.add(
    "GET",
    "/orders/{order_id}",
    Scope.ACCOUNT_READ,
    problems=("unknown_order",),
    answers=OrderAnswer,
    example=EXAMPLE,
)
def get_order(caller: CallerOf, order_id: ResourceId) -> OrderAnswer:
    """Read an order: where it is paid, or what became of it."""
    return order_answer(require_order(caller, order_id))


def find_order(caller: Caller, order_id: str) -> OrderPage | None:
    """Return an order of the caller's account; None: it has no such order."""
    return read(caller.context, lambda session: own_order_page(session, caller.account_id, order_id))


def require_order(caller: Caller, order_id: str) -> OrderPage:
    """
    Return an order of the caller's account.

    Raises:
        Problem: it has no such order; of another account's nothing is said.
    """
    found = find_order(caller, order_id)
    if found is None:
        raise problem("unknown_order", f"the account has no order {order_id}")
    return found


def order_path(caller: Caller, order_id: str) -> str:
    """Return where an order can be read."""
    of_account = f"/accounts/{caller.account_id}" if caller.is_server else ""
    return f"/api/v1{of_account}/orders/{order_id}"


def order_answer(found: OrderPage) -> OrderAnswer:
    """Return an order as answers have it."""
    order = found.order
    same = ("id", "status", "product_id", "title", "granted_seconds", "bonus_seconds", "valid_days", "gateway")
    more = ("failure", "created_at", "paid_at", "subscription_id")
    values: dict[str, Any] = {name: getattr(order, name) for name in (*same, *more)}
    can_be_paid = order.status in (PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED)
    return OrderAnswer(
        price=amount(order.price),
        list_price=amount(order.list_price),
        redirect_url=order.redirect_url if can_be_paid else None,
        redirect_expires_at=order.checkout_expires_at if can_be_paid else None,
        package_id=found.package and found.package.id,
        bonus_package_id=found.bonus and found.bonus.id,
        refunds=[refund_answer(refund) for refund in found.refunds],
        **values,
    )


def _summary(line: Any) -> OrderSummary:
    same = ("id", "title", "status", "created_at", "paid_at")
    return OrderSummary(price=amount(line.price), **{name: getattr(line, name) for name in same})
