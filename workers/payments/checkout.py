"""Checkout: a purchase becomes an order and an address where the buyer pays."""

from dataclasses import replace
from typing import Any

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import Checkout, PaymentStatus
from domain.gateway.requests import CheckoutRequest
from domain.ids import order_id_of_message
from domain.minutes.standing import refuse_standing
from domain.payments.attempt import AttemptOutcome, PaymentAttempt
from domain.payments.charge import begin_attempt
from domain.payments.order import NO_GATEWAY, Order, PurchaseKind, buyer_in, call_key
from domain.payments.order_update import begin_call, end_unpaid, kind_of_purchase, put_to_review, with_checkout
from messages.envelope import Envelope
from messages.errors import Unavailable
from messages.payments.requests import PurchaseRequested
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.save import save
from store.minutes.standing import find_standing
from store.payments.attempt import add_attempt
from store.payments.buyer import find_buyer, save_customer
from store.payments.order import add_order, find_order, has_bought, lock_order, save_order
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.payments.announce import emit_link_ready, emit_purchase_failed, emit_purchase_refused
from workers.payments.charge import cancel_charge, charge_order
from workers.payments.codes import add_uses, settle_codes, with_codes
from workers.payments.free import pay_free_order
from workers.payments.offer import Offer, Refused, make_offer
from workers.payments.settled import emit_settled


def purchase(context: Context, event: Event) -> dict[str, Any]:
    """
    Open an order and its hosted checkout, and return where the buyer pays.

    Intent, call, result: two transactions with the call between them. After a crash anywhere the
    same message goes on where it stood, with the same key. A saved method is charged at once; where that is declined,
    the order has failed, and its buyer may ask for a checkout by another message.

    Returns:
        `order_id`, `status` and, while it can be paid, `url` and `expires_at`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    answer = context.transact(lambda session: _create_order(session, context, event))
    if "order_id" not in answer or "code" in answer:
        return answer
    charge_order(context, answer["order_id"])
    # A charge that waits for the buyer must not be confirmed when another order has been paid instead.
    cancel_charge(context, answer["order_id"])
    open_checkout(context, answer["order_id"], asked_by=event.envelope)
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


def open_checkout(context: Context, order_id: str, *, asked_by: Envelope | None = None) -> None:
    """
    Open the hosted checkout of an order that has none yet; one that costs nothing is paid instead.

    Args:
        context: what handlers need.
        order_id: ours.
        asked_by: the message that asked for it; the poll that opens it again has none.

    Raises:
        Unavailable: the gateway gave no answer; the same call may be repeated until its key has
            lost its power, after which the order needs review.
    """
    order = context.transact(lambda session: _begin_call(session, context, order_id))
    if order is None:
        return
    if order.is_free:
        pay_free_order(context, order)
        return
    try:
        checkout = context.gateway(order.gateway).create_checkout(_request(order), call_key("co", order))
    except (UnableToReach, NotFound) as error:
        # A call that only opens something finds nothing only with a key of another account.
        raise Unavailable(f"the checkout of order {order.id} could not be opened yet: {error}") from error
    except CallRefused as error:
        code = error.code
        context.transact(lambda session: _refuse(session, order, code, Facts(context.clock())))
        return

    def save_link(session: Session) -> None:
        facts = Facts(context.clock())
        opened = _add_checkout(session, order, checkout, facts)
        if opened is not None:
            emit_link_ready(facts, opened, asked_by)
            save(session, (), facts)

    context.transact(save_link)


def _create_order(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, PurchaseRequested)
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    order_id = order_id_of_message(envelope.source, envelope.id)
    buyer = find_buyer(session, envelope.subject, "")
    currency = envelope.data.currency or buyer.currency or context.shop.currency
    offer = make_offer(session, context, envelope, currency)
    if isinstance(offer, Refused):
        answer = {"order_id": order_id, "code": offer.refusal.code, "reason": offer.refusal.reason}
        facts = Facts(context.clock())
        facts.name_cause(envelope)
        emit_purchase_refused(facts, envelope, offer.refusal, order_id=order_id, gateway=offer.gateway)
        save(session, (), facts)
    else:
        answer = {"order_id": order_id}
        order = _order(context, envelope, offer, locale=envelope.data.locale or buyer.locale, message_id=claimed)
        has_bought_before = has_bought(session, order.account_id, besides=order.id)
        order = replace(order, kind=kind_of_purchase(order, has_bought_before=has_bought_before))
        if offer.method is not None and not order.is_free:
            payer = find_buyer(session, order.account_id, order.gateway).for_call(order.account_id, order.locale)
            order = begin_attempt(order, payer, method_id=offer.method.id, at=order.created_at)
        add_order(session, order)
        if offer.codes is not None:
            add_uses(session, *offer.codes, order)
    save_answers(session, {claimed: Answer(answer, is_refusal=isinstance(offer, Refused))})
    return answer


def _order(context: Context, request: PurchaseRequested, offer: Offer, *, locale: str | None, message_id: int) -> Order:
    now, wanted = context.clock(), request.data
    order = Order(
        id=order_id_of_message(request.source, request.id),
        account_id=request.subject,
        product_id=offer.product.id,
        gateway=offer.gateway if offer.price.minor else NO_GATEWAY,
        kind=PurchaseKind.FIRST,
        price=offer.price,
        list_price=offer.price,
        granted_seconds=offer.product.granted_seconds,
        valid_days=offer.product.valid_days,
        status=PaymentStatus.PENDING,
        saves_method=wanted.save_method,
        title=offer.product.wording(locale).name,
        return_url=wanted.return_url or context.shop.return_url,
        cancel_url=wanted.cancel_url or context.shop.cancel_url,
        locale=locale,
        country=wanted.country,
        message_id=message_id,
        created_at=now,
        updated_at=now,
    )
    return order if offer.codes is None else with_codes(order, offer.codes[1])


def _begin_call(session: Session, context: Context, order_id: str) -> Order | None:
    """Note that the gateway is called from now on; None: there is nothing to call it for."""
    order = lock_order(session, order_id)
    if order is None or not order.is_open or order.checkout_ref is not None or order.needs_review or order.is_charge:
        return None
    now = context.clock()
    if (barred := refuse_standing(find_standing(session, order.account_id))) is not None:
        # The account was blocked or closed since the order was written.
        if order.called_at is None:
            _refuse(session, order, barred.code, Facts(now))
        else:
            # A page may be open that nobody knows of, so money is only looked for.
            save_order(session, replace(order, withdrawn_at=order.withdrawn_at or now, updated_at=now), before=order)
        return None
    if order.is_free:
        return order
    lifetime = context.gateway(order.gateway).key_lifetime
    if order.called_at is not None and now - order.called_at > lifetime:
        sentence = "whether its checkout was opened is unknown, and the key of the call protects no longer"
        save_order(session, put_to_review(order, sentence, at=now), before=order)
        return None
    buyer = find_buyer(session, order.account_id, order.gateway).for_call(order.account_id, order.locale)
    begun = begin_call(order, buyer, at=now)
    save_order(session, begun, before=order)
    return begun


def _request(order: Order) -> CheckoutRequest:
    assert order.buyer_snapshot is not None
    return CheckoutRequest(
        order_id=order.id,
        price=order.price,
        title=order.title,
        buyer=buyer_in(order.account_id, order.buyer_snapshot),
        return_url=order.return_url,
        cancel_url=order.cancel_url,
        saves_method=order.saves_method,
    )


def _add_checkout(session: Session, called_for: Order, checkout: Checkout, facts: Facts) -> Order | None:
    """Save the checkout that was opened; None: a repeat of the same call has done so, or the next attempt has begun."""
    order = lock_order(session, called_for.id)
    if order is None or order.checkout_ref is not None or order.attempt != called_for.attempt:
        return None
    opened = with_checkout(order, checkout, at=facts.at)
    save_order(session, opened, before=order)
    if checkout.gateway_customer:
        save_customer(session, order.account_id, order.gateway, checkout.gateway_customer)
    return opened


def _refuse(session: Session, called_for: Order, code: str, facts: Facts) -> None:
    order = lock_order(session, called_for.id)
    if order is None or not order.is_open or order.attempt != called_for.attempt:
        return
    if order.checkout_ref is not None:
        # Another call with the same key has opened it, and its buyer may be paying there.
        return
    failed = end_unpaid(order, PaymentStatus.FAILED, code, at=facts.at)
    failed = settle_codes(session, failed, facts)
    save_order(session, failed, before=order)
    refused = PaymentAttempt(
        order.id, facts.at, AttemptOutcome.CHECKOUT_REFUSED, code=code, charge=order.attempt, gateway=order.gateway
    )
    add_attempt(session, refused)
    emit_purchase_failed(facts, failed, code)
    emit_settled(facts, failed)
    save(session, (), facts)
