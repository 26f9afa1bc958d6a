"""Orders with a discount, a bonus or both, as a checkout opens them for somebody who has codes."""

import uuid

from domain.gateway.payment import PaymentStatus
from domain.payments.order import NO_GATEWAY, Order, PurchaseKind
from domain.promotions.discount import WHOLE, Discount, discounted_price
from store.catalogue.read import find_product
from store.engine import Session
from store.minutes.book import lock_account
from store.payments.order import add_order
from store.reading import reading
from tests.workers.payments.harness import PaymentHarness
from workers.payments.checkout import open_checkout

NO_DISCOUNT = Discount()
ALL_OF_IT = Discount(share=WHOLE)


def buy_promoted(
    harness: PaymentHarness,
    product_id: str = "standard",
    *,
    currency: str = "RUB",
    discount: Discount = NO_DISCOUNT,
    bonus_seconds: int = 0,
    bonus_valid_days: int | None = None,
) -> str:
    """Commit an order with a discount and a bonus, open its checkout, and return its id."""
    with reading(harness.engine) as session:
        product = find_product(session, product_id)
    assert product is not None
    list_price, gateway, now = product.prices[currency], harness.gateway, harness.clock()
    price = discounted_price(
        list_price,
        [discount],
        minimum_minor=gateway.minimum_minor(currency),
        step_minor=gateway.step_minor(currency),
    )
    order = Order(
        id=str(uuid.uuid4()),
        account_id=harness.account,
        product_id=product.id,
        gateway=harness.gateway.name if price.minor else NO_GATEWAY,
        kind=PurchaseKind.FIRST,
        price=price,
        list_price=list_price,
        granted_seconds=product.granted_seconds,
        valid_days=product.valid_days,
        status=PaymentStatus.PENDING,
        saves_method=False,
        title="Standard",
        return_url="https://screph.example/paid",
        cancel_url="https://screph.example/not-paid",
        locale=None,
        country=None,
        message_id=1,
        created_at=now,
        updated_at=now,
        bonus_seconds=bonus_seconds,
        bonus_valid_days=bonus_valid_days,
    )

    def add(session: Session) -> None:
        lock_account(session, order.account_id)
        add_order(session, order)

    harness.context.transact(add)
    open_checkout(harness.context, order.id)
    return order.id


def bought_promoted(
    harness: PaymentHarness,
    *,
    discount: Discount = NO_DISCOUNT,
    bonus_seconds: int = 0,
    bonus_valid_days: int | None = None,
) -> tuple[str, str]:
    """Buy so, pay, and hear of it; return the order and the payment."""
    order_id = buy_promoted(harness, discount=discount, bonus_seconds=bonus_seconds, bonus_valid_days=bonus_valid_days)
    checkout_ref = harness.order(order_id)["checkout_ref"]
    if checkout_ref is not None:
        harness.memory.pay(checkout_ref)
        harness.hear_all()
    return order_id, str(harness.order(order_id)["payment_ref"])
