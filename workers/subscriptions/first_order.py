"""The first order of a subscription: a checkout, by which its first period is paid and its method saved."""

from dataclasses import replace

from domain.gateway.payment import PaymentStatus
from domain.payments.order import Order, PurchaseKind
from domain.payments.order_update import kind_of_purchase
from domain.subscriptions.subscription import Subscription
from messages.subscriptions.requests import StartData
from store.engine import Session
from store.payments.order import add_order, has_bought
from workers.context import Shop
from workers.payments.codes import add_uses, with_codes
from workers.subscriptions.start_codes import StartCodes


def add_first_order(
    session: Session,
    shop: Shop,
    subscription: Subscription,
    *,
    message_id: int,
    wanted: StartData | None,
    codes: StartCodes | None = None,
) -> None:
    """
    Write the order `order_id` of a subscription whose first period is paid at once; its last change is its moment.

    Args:
        session: of the transaction, with the account locked.
        shop: where buyers come back to by default.
        subscription: as it is after it was decided so.
        message_id: of the cause.
        wanted: by the message that started it; None: the cause is another one.
        codes: what the buyer's codes were wanted for, and what they change.
    """
    assert subscription.order_id is not None
    order = Order(
        id=subscription.order_id,
        account_id=subscription.account_id,
        product_id=subscription.product_id,
        gateway=subscription.gateway,
        kind=PurchaseKind.FIRST,
        price=subscription.price,
        list_price=subscription.price,
        granted_seconds=subscription.granted_seconds,
        valid_days=subscription.valid_days,
        status=PaymentStatus.PENDING,
        saves_method=True,
        title=subscription.title,
        return_url=(wanted and wanted.return_url) or shop.return_url,
        cancel_url=(wanted and wanted.cancel_url) or shop.cancel_url,
        locale=subscription.locale,
        country=subscription.country,
        message_id=message_id,
        created_at=subscription.updated_at,
        updated_at=subscription.updated_at,
        subscription_id=subscription.id,
        period=subscription.period,
    )
    has_bought_before = has_bought(session, order.account_id, besides=order.id)
    order = replace(order, kind=kind_of_purchase(order, has_bought_before=has_bought_before))
    add_order(session, order if codes is None else with_codes(order, codes[1]))
    if codes is not None:
        add_uses(session, *codes, order)
