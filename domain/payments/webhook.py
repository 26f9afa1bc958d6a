"""Webhooks: our own record of one, with its bytes, until what it hints at is applied."""

from dataclasses import dataclass
from enum import StrEnum

from domain.gateway.webhook import Subject


class WebhookState(StrEnum):
    """What became of a webhook; README.md, "Webhooks"."""

    WAITING = "waiting"
    APPLIED = "applied"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"
    FOREIGN = "foreign"


OPEN_WEBHOOK_STATES = frozenset({WebhookState.WAITING, WebhookState.UNMATCHED})
"""The states in which it is tried again."""


MAX_TRIES = 20
"""Tries of one webhook; with their pauses they last about four days. Then a person decides."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook that was accepted; `tries` counts how often it was followed."""

    gateway: str
    dedupe_key: str
    subject: Subject
    ref: str
    event: str
    is_signed: bool
    body: bytes
    state: WebhookState = WebhookState.WAITING
    tries: int = 0
