"""Which handler handles which queue; the consumers and `submit()` read this."""

from dataclasses import dataclass

from messages.queues import (
    DUE,
    MINUTE_USAGE,
    NOTICE,
    PROMOTION,
    PURCHASE,
    RECONCILIATION,
    RENEWAL,
    SUBSCRIPTION,
    WEBHOOK,
)
from workers.consume import Handle
from workers.queues import (
    due,
    minute_usage,
    notice,
    promotion,
    purchase,
    reconciliation,
    renewal,
    subscription,
    webhook,
)


@dataclass(frozen=True, slots=True)
class Handler:
    """The handler of one queue; `is_batched`: events that have already arrived are handled in one transaction."""

    handle: Handle
    is_batched: bool = False


HANDLERS = {
    MINUTE_USAGE: Handler(minute_usage.handle, is_batched=True),
    PURCHASE: Handler(purchase.handle),
    WEBHOOK: Handler(webhook.handle),
    DUE: Handler(due.handle),
    RECONCILIATION: Handler(reconciliation.handle),
    NOTICE: Handler(notice.handle),
    SUBSCRIPTION: Handler(subscription.handle),
    RENEWAL: Handler(renewal.handle),
    PROMOTION: Handler(promotion.handle),
}
