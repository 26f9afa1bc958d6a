"""Webhooks in the store: each once, with its bytes, until it is applied."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.payments.webhook import OPEN_WEBHOOK_STATES, Webhook, WebhookState
from store.records import columns_of, record_of, table_of, values_of
from store.tables import WebhookRow

_WEBHOOKS = table_of(WebhookRow)
_COLUMNS = columns_of(Webhook, _WEBHOOKS)


def save_webhook(session: Session, webhook: Webhook) -> Webhook:
    """Save a webhook unless it is known; return it as it is stored, counted as tried once more."""
    statement = insert(_WEBHOOKS).values(values_of(webhook, _WEBHOOKS) | {"tries": 1, "tried_at": func.now()})
    row = session.execute(
        statement.on_conflict_do_update(
            index_elements=[_WEBHOOKS.c.gateway, _WEBHOOKS.c.dedupe_key],
            set_={"tries": _WEBHOOKS.c.tries + 1, "tried_at": func.now()},
        ).returning(*_COLUMNS)
    ).one()
    return record_of(Webhook, _WEBHOOKS, row)


def finish_webhook(session: Session, webhook: Webhook, *, state: WebhookState, note: str | None) -> None:
    """Save what became of a webhook: `applied`, `ignored`, or `unmatched` for now."""
    session.execute(
        update(_WEBHOOKS)
        .where(_WEBHOOKS.c.gateway == webhook.gateway, _WEBHOOKS.c.dedupe_key == webhook.dedupe_key)
        .values(state=state, note=note)
    )


def find_open_webhooks(session: Session, *, gateways: Sequence[str], before: datetime, limit: int) -> list[Webhook]:
    """Return webhooks that have had no effect yet and were not tried since a moment, the oldest first."""
    rows = session.execute(
        select(*_COLUMNS)
        .where(_WEBHOOKS.c.state.in_(sorted(OPEN_WEBHOOK_STATES)), _WEBHOOKS.c.tried_at < before)
        .where(_WEBHOOKS.c.gateway.in_(gateways))
        .order_by(_WEBHOOKS.c.tried_at)
        .limit(limit)
    )
    return [record_of(Webhook, _WEBHOOKS, row) for row in rows]
