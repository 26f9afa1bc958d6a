"""Every queue and exchange, once; registry, broker, AsyncAPI document and publishers read this page."""

from dataclasses import dataclass

INGRESS = "screph"
"""Durable direct exchange for the programs that report usage; routing key = queue. Their user may write here alone."""

SALES = "screph.sales"
"""Durable direct exchange for Screph's own servers, which may grant, correct, sell and refund; routing key = queue."""

WEBHOOKS = "screph.webhooks"
"""Durable direct exchange for our webhook endpoint; its user may write here alone."""

INTERNAL = "screph.internal"
"""Durable direct exchange for our own reminders; no producer outside may write to it."""

FACTS = "screph.facts"
"""Durable topic exchange by which facts leave; routing key = type."""

EXCHANGE_TYPES = {INGRESS: "direct", SALES: "direct", WEBHOOKS: "direct", INTERNAL: "direct", FACTS: "topic"}
"""exchange -> its AMQP type; every one is durable."""


@dataclass(frozen=True, slots=True)
class Queue:
    """
    One queue of messages that workers handle.

    `exchanges` are where its messages are published, with the queue's name as routing key; first the one whose users
    may do least. `is_internal`: only our own processes publish to it. `title` and `text` describe its channel in the
    AsyncAPI document.
    """

    name: str
    exchanges: tuple[str, ...]
    is_internal: bool
    title: str
    text: str


MINUTE_USAGE = "minute-usage"
PURCHASE = "purchase"
WEBHOOK = "webhook"
DUE = "due"
RECONCILIATION = "reconciliation"
NOTICE = "notice"
SUBSCRIPTION = "subscription"
RENEWAL = "renewal"
PROMOTION = "promotion"

_INTERNAL_TITLE = "Internal: NOT for producers"

QUEUES = {
    queue.name: queue
    for queue in (
        Queue(
            MINUTE_USAGE,
            (INGRESS, SALES),
            is_internal=False,
            title="Usage, grants and accounts: publish here",
            text="The routing key is also the name of the one queue behind it.",
        ),
        Queue(
            PURCHASE,
            (SALES,),
            is_internal=False,
            title="Purchases, refunds, disputes and saved methods: publish here",
            text="The routing key is also the name of the one queue behind it. One event a message.",
        ),
        Queue(
            WEBHOOK,
            (WEBHOOKS,),
            is_internal=True,
            title=_INTERNAL_TITLE,
            text="From our webhook endpoint, which has verified them, to our workers. "
            "The object is read again from its gateway.",
        ),
        Queue(
            DUE,
            (INTERNAL,),
            is_internal=True,
            title=_INTERNAL_TITLE,
            text="From our scheduler to our workers. Producers have no right to write to `screph.internal`. Also what "
            "an operator has decided about many dead letters, handed in by the admin pages.",
        ),
        Queue(
            RECONCILIATION,
            (INTERNAL,),
            is_internal=True,
            title=_INTERNAL_TITLE,
            text="From our scheduler to our workers: reminders to poll the gateways. Also what people decided "
            "about review items, handed in by `billing review resolve`.",
        ),
        Queue(
            NOTICE,
            (INTERNAL,),
            is_internal=True,
            title=_INTERNAL_TITLE,
            text="From our workers and our scheduler to our workers: what accounts are to hear of.",
        ),
        Queue(
            SUBSCRIPTION,
            (SALES,),
            is_internal=False,
            title="Subscriptions, and closing accounts: publish here",
            text="The routing key is also the name of the one queue behind it. One event a message.",
        ),
        Queue(
            RENEWAL,
            (INTERNAL,),
            is_internal=True,
            title=_INTERNAL_TITLE,
            text="From our scheduler and our workers to our workers: reminders to renew subscriptions, and which of "
            "their orders have changed.",
        ),
        Queue(
            PROMOTION,
            (SALES, INTERNAL),
            is_internal=False,
            title="Promotions: publish here",
            text="The routing key is also the name of the one queue behind it. One event a message. What operators "
            "want of promotions and of the catalogue comes through `screph.internal`, handed in by `billing "
            "promotions` and by the admin pages.",
        ),
    )
}
"""name -> queue. A new queue is a new entry here and a file in `workers/queues/`."""
