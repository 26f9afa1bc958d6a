"""Webhooks in the store: each once, with its bytes, until it is applied."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Interval, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.payments.webhook import MAX_TRIES, OPEN_WEBHOOK_STATES, Webhook, WebhookState
from store.records import columns_of, record_of, table_of, values_of
from store.tables import WebhookRow

_WEBHOOKS = table_of(WebhookRow)
_COLUMNS = columns_of(Webhook, _WEBHOOKS)

MAX_PAUSE = timedelta(hours=6)
"""Between two tries of a webhook that had no effect."""


def save_webhook(session: Session, webhook: Webhook, *, at: datetime) -> Webhook:
    """
    Save a webhook unless it is known; return it as it is stored, counted as tried once more.

    This transaction's commit does not wait for the disk. What comes of the webhook is written by a later one that
    does, and takes this one to the disk with it; until then its message is not acknowledged and comes again.

    Args:
        session: a transaction.
        webhook: as it came, or as it is stored.
        at: aware UTC moment of this try.
    """
    values = values_of(webhook, _WEBHOOKS) | {"tries": 1, "received_at": at, "tried_at": at}
    return record_of(Webhook, _WEBHOOKS, session.execute(_SAVE, values).one())


def finish_webhook(session: Session, webhook: Webhook, *, state: WebhookState, note: str | None) -> None:
    """Save what became of a webhook: `applied`, `ignored`, or `unmatched` for now."""
    named = {"of_gateway": webhook.gateway, "of_dedupe_key": webhook.dedupe_key}
    session.execute(_FINISH, {"state": state, "note": note} | named)


def find_open_webhooks(
    session: Session, *, gateways: Sequence[str], before: datetime, limit: int, pause: timedelta = timedelta(0)
) -> list[Webhook]:
    """
    Return webhooks that have had no effect yet and whose turn it is: first those that were tried least.

    Args:
        session: any.
        gateways: their names.
        before: those that were tried since then wait.
        limit: at most so many.
        pause: how much longer one waits after its second try; about twice as long after each further one, at most
            `MAX_PAUSE`. After `MAX_TRIES` it is not polled any more.
    """
    doublings = func.least(_WEBHOOKS.c.tries, MAX_TRIES) - 1
    factor = func.power(2, func.greatest(doublings, 0)) - 1
    seconds = func.least(pause.total_seconds() * factor, MAX_PAUSE.total_seconds())
    longer = func.make_interval(0, 0, 0, 0, 0, 0, seconds, type_=Interval)
    rows = session.execute(
        select(*_COLUMNS)
        .where(_WEBHOOKS.c.state.in_(sorted(OPEN_WEBHOOK_STATES)), _WEBHOOKS.c.tries < MAX_TRIES)
        .where(_WEBHOOKS.c.tried_at + longer < before, _WEBHOOKS.c.gateway.in_(gateways))
        .order_by(_WEBHOOKS.c.tries, _WEBHOOKS.c.tried_at)
        .limit(limit)
    )
    return [record_of(Webhook, _WEBHOOKS, row) for row in rows]


_SAVING = insert(_WEBHOOKS)
_SAVE = _SAVING.on_conflict_do_update(
    index_elements=[_WEBHOOKS.c.gateway, _WEBHOOKS.c.dedupe_key],
    set_={"tries": _WEBHOOKS.c.tries + 1, "tried_at": _SAVING.excluded.tried_at},
).returning(*_COLUMNS, func.set_config("synchronous_commit", "off", True))
_FINISH = update(_WEBHOOKS).where(
    _WEBHOOKS.c.gateway == bindparam("of_gateway"), _WEBHOOKS.c.dedupe_key == bindparam("of_dedupe_key")
)
