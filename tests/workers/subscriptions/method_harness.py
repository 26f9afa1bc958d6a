"""What tests of another method share: a second gateway, cards that are saved there, and the change itself."""

from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from messages.queues import NOTICE
from messages.subscriptions.requests import SubscriptionChangeRequested
from store.payments.method import save_method
from store.transaction import transaction
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import SubscriptionHarness
from workers.payments.gateway_object import apply_object


def second_gateway(harness: SubscriptionHarness) -> MemoryGateway:
    """Let another gateway be set up as well. Its refs look like those of the first one."""
    other = MemoryGateway("other")
    harness.context = replace(harness.context, gateways={**harness.context.gateways, other.name: other})
    return other


def save_card(harness: SubscriptionHarness, gateway: MemoryGateway, *, expires_on: date | None = None) -> int:
    """Save a card of the account without a word to anybody; return its number."""
    card = gateway.add_method(expires_on)
    with transaction(harness.engine) as session:
        method_id = save_method(session, harness.account, gateway.name, card, at=harness.clock())
    assert method_id is not None
    return method_id


def change_method(harness: SubscriptionHarness, method_id: int, **data: Any) -> dict[str, Any]:
    """Ask for another method."""
    return harness.ask(SubscriptionChangeRequested, {"method_id": method_id, **data})


def hear(harness: SubscriptionHarness, gateway: MemoryGateway, ref: str) -> None:
    """Apply a payment as one of several gateways has it now."""
    apply_object(harness.context, gateway.name, gateway.fetch_payment(ref))
    harness.deliver()


def tried_by(harness: SubscriptionHarness) -> list[tuple[str, str]]:
    """The gateway of every attempt of the account's orders, and what came of it."""
    rows = harness.minutes.select(
        "SELECT payment_attempt.gateway, outcome FROM payment_attempt JOIN orders ON orders.id = order_id"
        " JOIN account ON account.number = orders.account WHERE account.id = :account"
        " ORDER BY at, payment_attempt.number"
    )
    return [(row["gateway"], row["outcome"]) for row in rows]


def changes(harness: SubscriptionHarness) -> list[dict[str, Any]]:
    """The changes of method that are kept, the oldest first."""
    return harness.minutes.select(
        "SELECT method_change.* FROM method_change JOIN subscription ON subscription.id = subscription_id"
        " JOIN account ON account.number = subscription.account WHERE account.id = :account ORDER BY method_change.id"
    )


def notices_owed(harness: SubscriptionHarness) -> list[dict[str, Any]]:
    """The notices that are owed to the account, the oldest first."""
    rows = harness.minutes.select("SELECT body FROM outbox WHERE routing_key = :queue ORDER BY id", queue=NOTICE)
    bodies = [orjson.loads(bytes(row["body"])) for row in rows]
    return [body["data"] for body in bodies if body["subject"] == harness.account]
