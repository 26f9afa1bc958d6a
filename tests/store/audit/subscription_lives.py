"""Subscriptions that were renewed, changed and tried, and each way in which what was stored of it can be wrong."""

from store.engine import Engine
from tests.doubles.memory import MemoryGateway
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.subscriptions.harness import HOUR, SubscriptionHarness
from tests.workers.subscriptions.method_harness import change_method, save_card, second_gateway

RENEWAL = (
    "(SELECT id FROM orders WHERE subscription_id IS NOT NULL AND replaces_order_id IS NULL AND replaced_seconds = 0"
    " AND account = (SELECT number FROM account WHERE id = 'subscriber') ORDER BY period_start LIMIT 1)"
)

TRIED = "(SELECT id FROM subscription WHERE trial_ends_at < period_end)"

CHARGED = "id IN (SELECT method_id FROM orders WHERE subscription_id IS NOT NULL)"

SUBSCRIPTIONS_TAMPERED: dict[str, dict[str, list[str]]] = {
    "period-paid-once": {
        "two periods that overlap": [
            f"UPDATE orders SET period_end = period_end + interval '1 day' WHERE id = {RENEWAL}",
            f"UPDATE package SET expires_at = expires_at + interval '1 day' WHERE number = (SELECT package FROM orders WHERE id = {RENEWAL})",
        ],
    },
    "ended-not-charged": {
        "a renewal after the end": [
            "UPDATE subscription SET status = 'cancelled', ended_at = '2000-01-01Z', due_at = NULL",
        ],
    },
    "subscription-paid-for": {
        "a period that nobody paid": [
            "UPDATE subscription SET period_end = period_end + interval '1 day'",
        ],
        "a trial that lasts longer than its days": [
            "UPDATE subscription SET period_end = period_end + interval '1 day' WHERE trial_ends_at = period_end",
        ],
        "an order that is not its own": ["UPDATE subscription SET paid_order_id = 'nothing'"],
    },
    "trial-free": {
        "an order within it": [
            f"UPDATE orders SET created_at = created_at - interval '1 day' WHERE subscription_id = {TRIED}",
        ],
    },
    "trial-granted": {
        "a second too much": [f"UPDATE subscription SET trial_seconds = trial_seconds + 1 WHERE id = {TRIED}"],
        "minutes without a trial": [f"UPDATE subscription SET trial_ends_at = NULL WHERE id = {TRIED}"],
    },
    "subscription-not-forgotten": {
        "one that nobody will look at": ["UPDATE subscription SET due_at = NULL"],
        "one that is passed over": [
            "INSERT INTO due_run (job, slot, started_at, ended_at, outcome)"
            " SELECT 'renew-subscriptions', now(), max(due_at) + interval '2 days', now(), 'done' FROM subscription",
        ],
    },
    "subscription-granted": {
        "a day too much": [
            f"UPDATE package SET expires_at = expires_at + interval '1 day' WHERE number = (SELECT package FROM orders WHERE id = {RENEWAL})",
        ],
    },
    "gateway-changed-with-history": {
        "a gateway that nobody has chosen": ["UPDATE subscription SET gateway = 'another'"],
        "a change that begins elsewhere": ["UPDATE method_change SET old_gateway = 'another'"],
        "two changes that do not follow one another": [
            "INSERT INTO method_change"
            " (subscription_id, method_id, old_gateway, gateway, changed_by, message_id, changed_at)"
            " SELECT subscription_id, method_id, old_gateway, gateway, changed_by, message_id, changed_at"
            " FROM method_change",
        ],
    },
    "charged-by-own-method": {
        "a card of another gateway": [f"UPDATE saved_method SET gateway = 'another' WHERE {CHARGED}"],
        "a card of another account": [
            f"UPDATE saved_method SET account = (SELECT min(number) FROM account) WHERE {CHARGED}",
        ],
    },
}


def live_by_subscriptions(engine: Engine) -> None:
    """Let accounts subscribe, be renewed, change to another product and another gateway, pay after a trial, be on one."""
    memory = MemoryGateway("subscribed")
    harness = SubscriptionHarness(engine, memory, memory)
    harness.minutes = MinutesHarness(engine, account="subscriber")
    harness.subscribed()
    harness.until(harness.row()["period_end"] - HOUR)
    harness.until(harness.row()["period_end"] - HOUR)
    harness.change("large")
    harness.until(harness.row()["period_end"] - HOUR)
    change_method(harness, save_card(harness, second_gateway(harness)))
    harness.until(harness.row()["period_end"] - HOUR)
    for account in ("tried", "trying"):
        harness = SubscriptionHarness(engine, memory, memory)
        harness.minutes = MinutesHarness(engine, account=account)
        harness.on_trial()
        if account == "tried":
            harness.until(harness.row()["trial_ends_at"])
