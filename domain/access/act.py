"""Acts: what the audit log says of each thing that an operator does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """
    Who acts: an operator in a browser, or whoever runs a command, who has neither number nor session.

    `role` is what they had at that moment; for a command it is `command`.
    """

    name: str
    role: str
    operator: int | None = None
    session_id: int | None = None
    address: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """
    One thing that somebody does.

    `action` is a word such as `minutes.grant`; `object` names what it is done to, as `order:…` or `operator:…`;
    `detail` holds what was before and what is after, without secrets and without personal data.
    """

    actor: Actor
    action: str
    object: str | None = None
    account_id: str | None = None
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def actor_of_command(user: str) -> Actor:
    """Return who acts by a command: the user of the machine."""
    return Actor(name=user, role="command")
