"""The funnel: that a buyer has opened the way to the payment."""

from store.payments.order import mark_opened
from workers.context import Context


def note_opened(context: Context, order_id: str) -> None:
    """
    Note that the buyer of an order goes to its payment page now; the first time counts.

    Raises:
        Unavailable: the store takes no writes.
    """
    at = context.clock()
    context.transact(lambda session: mark_opened(session, order_id, at=at))
