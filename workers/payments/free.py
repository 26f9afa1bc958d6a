"""Free orders: what costs nothing is paid at once, by the code that applies every payment, and no gateway is called."""

from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.money import Money
from domain.payments.order import NO_GATEWAY, Order
from workers.context import Context
from workers.payments.payment import apply_payment


def pay_free_order(context: Context, order: Order) -> None:
    """
    Pay an order that costs nothing; one that is paid already stays as it is.

    Args:
        context: what handlers need.
        order: committed, with a price of 0; after a crash the poll of open payments comes here again.

    Source: domain/payments/README.md, "Free orders".
    """
    assert order.price.minor == 0
    nothing = Money(0, order.price.currency)
    payment = GatewayPayment(
        checkout_ref=None,
        payment_ref=f"free-{order.id}",
        order_id=order.id,
        status=PaymentStatus.PAID,
        price=nothing,
        refunded=nothing,
        at=context.clock(),
    )
    apply_payment(context, NO_GATEWAY, payment)
