"""Webhooks in the store: each once, with its bytes, until it is applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook that was accepted; `tries` counts how often it was taken up."""

    gateway: str
    dedupe_key: str
    subject: str
    ref: str
    event: str
    is_signed: bool
    body: bytes
    state: str = "waiting"
    tries: int = 0


def save_webhook(session: Session, webhook: Webhook) -> Webhook:
    """Keep a webhook unless it is known; return it as it is kept, counted as tried once more."""
    row = session.execute(
        text("""
            INSERT INTO webhook (gateway, dedupe_key, subject, ref, event, is_signed, body, tries, tried_at)
            VALUES (:gateway, :dedupe_key, :subject, :ref, :event, :is_signed, :body, 1, now())
            ON CONFLICT (gateway, dedupe_key) DO UPDATE SET tries = webhook.tries + 1, tried_at = now()
            RETURNING gateway, dedupe_key, subject, ref, event, is_signed, body, state, tries
        """),
        {
            "gateway": webhook.gateway,
            "dedupe_key": webhook.dedupe_key,
            "subject": webhook.subject,
            "ref": webhook.ref,
            "event": webhook.event,
            "is_signed": webhook.is_signed,
            "body": webhook.body,
        },
    ).one()
    return _webhook(row)


def finish_webhook(session: Session, gateway: str, dedupe_key: str, *, state: str, note: str | None) -> None:
    """Keep what became of a webhook: `applied`, `ignored`, or `unmatched` for now."""
    session.execute(
        text("UPDATE webhook SET state = :state, note = :note WHERE gateway = :gateway AND dedupe_key = :key"),
        {"gateway": gateway, "key": dedupe_key, "state": state, "note": note},
    )


def find_open_webhooks(session: Session, *, gateways: Sequence[str], before: datetime, limit: int) -> list[Webhook]:
    """Return webhooks that have had no effect yet and were not taken up since a moment."""
    rows = session.execute(
        text("""
            SELECT gateway, dedupe_key, subject, ref, event, is_signed, body, state, tries FROM webhook
            WHERE state IN ('waiting', 'unmatched') AND tried_at < :before
              AND gateway = ANY(:gateways)
            ORDER BY tried_at LIMIT :limit
        """),
        {"gateways": list(gateways), "before": before, "limit": limit},
    )
    return [_webhook(row) for row in rows]


def _webhook(row: object) -> Webhook:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    values["body"] = bytes(values["body"])
    return Webhook(**values)
