"""Checkout: a purchase becomes an order and an address where the buyer pays."""

from typing import Any

from domain.catalogue.product import Product, ProductKind
from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import Checkout, PaymentStatus
from domain.gateway.requests import Buyer, CheckoutRequest
from domain.ids import order_id_of_message
from domain.payments.order import Order
from domain.payments.route import choose_gateway
from domain.refusal import Refusal
from messages.errors import Unavailable
from messages.payments.facts import PurchaseFailed, PurchaseLinkReady
from messages.payments.requests import PurchaseRequested
from messages.read import Event
from store.catalogue.product import find_product
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.book import open_book
from store.minutes.save import save
from store.payments.buyer import find_buyer, save_customer, snapshot_buyer
from store.payments.order import add_order, find_order, mark_called, mark_for_review, save_checkout, save_gateway_update
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.payments.payment import emit_purchase_failed


def purchase(context: Context, event: Event) -> dict[str, Any]:
    """
    Open an order and its hosted checkout, and return where the buyer pays.

    Intent, call, result: two transactions with the call between them. After a crash anywhere the
    same message goes on where it stood, with the same key.

    Returns:
        `order_id`, `status` and, while it can be paid, `url` and `expires_at`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    answer = context.transact(lambda session: _intend(session, context, event))
    if "order_id" not in answer or "code" in answer:
        return answer
    open_checkout(context, answer["order_id"], asked_by=(event.envelope.source, event.envelope.id))
    order = context.transact(lambda session: find_order(session, answer["order_id"]))
    assert order is not None
    return order_answer(order)


def order_answer(order: Order) -> dict[str, Any]:
    """Return an order as an answer to whoever asked for it."""
    answer = {
        "order_id": order.id,
        "status": str(order.status),
        "gateway": order.gateway,
        "product_id": order.product_id,
        "amount_minor": order.price.minor,
        "currency": order.price.currency,
    }
    if order.is_open and order.redirect_url:
        answer |= {"url": order.redirect_url, "expires_at": order.checkout_expires_at}
    if order.failure:
        answer["code"] = order.failure
    return answer


def open_checkout(context: Context, order_id: str, *, asked_by: tuple[str, str] | None = None) -> None:
    """
    Open the hosted checkout of an order that has none yet.

    Raises:
        Unavailable: the gateway gave no answer; the same call may be repeated until its key has
            lost its power, after which the order is put before a person.
    """
    begun = context.transact(lambda session: _begin_call(session, context, order_id))
    if begun is None:
        return
    order, buyer = begun
    wanted = CheckoutRequest(
        order_id=order.id,
        price=order.price,
        title=order.title,
        buyer=buyer,
        return_url=order.return_url,
        cancel_url=order.cancel_url,
        saves_method=order.saves_method,
    )
    try:
        checkout = context.gateway(order.gateway).create_checkout(wanted, f"co-{order.id}")
    except UnableToReach as error:
        raise Unavailable(f"the checkout of order {order.id} could not be opened yet: {error}") from error
    except CallRefused as error:
        code = error.code
        context.transact(lambda session: _refuse(session, context, order, code))
        return
    context.transact(lambda session: _save_checkout(session, context, order, checkout, asked_by))


def _intend(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, PurchaseRequested)
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    now = context.clock()
    order_id = order_id_of_message(envelope.source, envelope.id)
    open_book(session, envelope.subject)
    _, locale, currency, _ = find_buyer(session, envelope.subject, "")
    currency = envelope.data.currency or currency or context.shop.currency
    product = find_product(session, envelope.data.product_id)
    gateway = envelope.data.gateway or choose_gateway(context.shop.routes, currency, envelope.data.country)
    if refusal := _refusal(context, product, currency, gateway):
        answer = {"order_id": order_id, "code": refusal.code, "reason": refusal.reason}
        save_answers(session, {claimed: Answer(answer, is_refusal=True)})
        _emit_refused(session, context, envelope, order_id, gateway, refusal)
        return answer
    assert product is not None
    assert gateway is not None
    locale = envelope.data.locale or locale
    order = Order(
        id=order_id,
        account_id=envelope.subject,
        product_id=product.id,
        gateway=gateway,
        price=product.prices[currency],
        granted_seconds=product.granted_seconds,
        valid_days=product.valid_days,
        status=PaymentStatus.PENDING,
        saves_method=envelope.data.save_method,
        title=product.wording(locale).name,
        return_url=envelope.data.return_url or context.shop.return_url,
        cancel_url=envelope.data.cancel_url or context.shop.cancel_url,
        locale=locale,
        created_at=now,
        message_id=claimed,
    )
    add_order(session, order)
    answer = {"order_id": order_id}
    save_answers(session, {claimed: Answer(answer, is_refusal=False)})
    return answer


def _refusal(context: Context, product: Product | None, currency: str, gateway: str | None) -> Refusal | None:
    if product is None or not product.is_active:
        return Refusal("UnknownProduct", "this product is not on offer")
    if product.kind is not ProductKind.ONE_OFF:
        return Refusal("Subscription", f"{product.id} is paid for every period; it cannot be bought once")
    if currency not in product.prices:
        return Refusal("NoPrice", f"{product.id} has no price in {currency}; it has {', '.join(product.prices)}")
    if gateway is None:
        return Refusal("NoGateway", f"no gateway is set up for payments in {currency}")
    if gateway not in context.gateways:
        return Refusal("NoGateway", f"gateway {gateway} is not set up here")
    return None


def _emit_refused(
    session: Session,
    context: Context,
    envelope: PurchaseRequested,
    order_id: str,
    gateway: str | None,
    refusal: Refusal,
) -> None:
    facts = Facts(context.clock())
    data = {
        "order_id": order_id,
        "product_id": envelope.data.product_id,
        "gateway": gateway or "none",
        "code": refusal.code,
        "may_be_repeated": False,
    }
    facts.emit(PurchaseFailed, envelope.subject, data)
    save(session, (), facts)


def _begin_call(session: Session, context: Context, order_id: str) -> tuple[Order, Buyer] | None:
    order = find_order(session, order_id, locks=True)
    if order is None or not order.is_open or order.checkout_ref is not None or order.needs_review:
        return None
    now = context.clock()
    gateway = context.gateway(order.gateway)
    if order.called_at is not None and now - order.called_at > gateway.key_lifetime:
        sentence = "whether its checkout was opened is unknown, and the key of the call protects no longer"
        mark_for_review(session, order.id, sentence, at=now)
        return None
    mark_called(session, order.id, at=now)
    buyer = snapshot_buyer(
        session, "orders", order.id, account_id=order.account_id, gateway=order.gateway, locale=order.locale
    )
    return order, buyer


def _save_checkout(
    session: Session, context: Context, order: Order, checkout: Checkout, asked_by: tuple[str, str] | None
) -> None:
    now = context.clock()
    present = find_order(session, order.id, locks=True)
    if present is None or present.checkout_ref is not None:
        return
    save_checkout(session, order.id, checkout, at=now)
    if checkout.gateway_customer:
        save_customer(session, order.account_id, order.gateway, checkout.gateway_customer)
    source, event_id = asked_by or ("screph-billing", order.id)
    data = {
        "request_source": source,
        "request_id": event_id,
        "order_id": order.id,
        "gateway": order.gateway,
        "product_id": order.product_id,
        "amount_minor": order.price.minor,
        "currency": order.price.currency,
        "url": checkout.redirect_url,
        "expires_at": checkout.expires_at,
    }
    facts = Facts(now)
    facts.emit(PurchaseLinkReady, order.account_id, data)
    save(session, (), facts)


def _refuse(session: Session, context: Context, order: Order, code: str) -> None:
    now = context.clock()
    present = find_order(session, order.id, locks=True)
    if present is None or not present.is_open:
        return
    save_gateway_update(session, present, status=PaymentStatus.FAILED, payment=None, at=now, failure=code)
    emit_purchase_failed(session, present, code, at=now)
