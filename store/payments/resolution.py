"""What people decided about review items, written once and never changed."""

from datetime import datetime

from sqlalchemy import insert, update
from sqlmodel import Session

from domain.payments.review import ReviewKind
from domain.payments.webhook import WebhookState
from store.payments.review import ReviewItem
from store.records import table_of
from store.tables import RefundRow, ReviewResolutionRow, WebhookRow

_RESOLUTIONS = table_of(ReviewResolutionRow)
_REFUNDS = table_of(RefundRow)
_WEBHOOKS = table_of(WebhookRow)


def add_resolution(
    session: Session, item: ReviewItem, said: tuple[str, str, str | None], *, message_id: int, at: datetime
) -> None:
    """Write what a person decided about an item as it reads now: `said` is the reason, who said it, and an outcome."""
    reason, resolved_by, outcome = said
    kind, gateway, ref = item.id.split(":", 2)
    values = {
        "kind": ReviewKind(kind),
        "gateway": gateway,
        "ref": ref,
        "sentence": item.sentence,
        "outcome": outcome,
        "reason": reason,
        "resolved_by": resolved_by,
        "message_id": message_id,
        "resolved_at": at,
    }
    session.execute(insert(_RESOLUTIONS).values(values))


def end_review_of_refund(session: Session, refund_id: str) -> None:
    """Note that a refund that has ended needs review no more."""
    session.execute(update(_REFUNDS).where(_REFUNDS.c.id == refund_id).values(needs_review=False))


def ignore_webhook(session: Session, gateway: str, dedupe_key: str, *, note: str) -> None:
    """Poll a webhook no more: a person knows what it was about."""
    named = (_WEBHOOKS.c.gateway == gateway, _WEBHOOKS.c.dedupe_key == dedupe_key)
    session.execute(update(_WEBHOOKS).where(*named).values(state=WebhookState.IGNORED, note=note))
