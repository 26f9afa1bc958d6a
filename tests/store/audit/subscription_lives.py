"""Subscriptions that were renewed, changed and tried, and each way in which what was stored of it can be wrong."""

from store.engine import Engine
from tests.doubles.memory import MemoryGateway
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.subscriptions.harness import HOUR, SubscriptionHarness

RENEWAL = "(SELECT id FROM orders WHERE subscription_id IS NOT NULL AND replaces_order_id IS NULL AND replaced_seconds = 0 ORDER BY period_start LIMIT 1)"

TRIED = "(SELECT id FROM subscription WHERE trial_ends_at < period_end)"

SUBSCRIPTIONS_TAMPERED: dict[str, dict[str, list[str]]] = {
    "period-paid-once": {
        "two periods that overlap": [
            f"UPDATE orders SET period_end = period_end + interval '1 day', valid_days = 400 WHERE id = {RENEWAL}",
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
}


def live_by_subscriptions(engine: Engine) -> None:
    """Let an account subscribe, be renewed, and change to another product; one pay after its trial, one be on trial."""
    memory = MemoryGateway("subscribed")
    harness = SubscriptionHarness(engine, memory, memory)
    harness.minutes = MinutesHarness(engine, account="subscriber")
    harness.subscribed()
    harness.until(harness.row()["period_end"] - HOUR)
    harness.until(harness.row()["period_end"] - HOUR)
    harness.change("large")
    harness.until(harness.row()["period_end"] - HOUR)
    for account in ("tried", "trying"):
        harness = SubscriptionHarness(engine, memory, memory)
        harness.minutes = MinutesHarness(engine, account=account)
        harness.on_trial()
        if account == "tried":
            harness.until(harness.row()["trial_ends_at"])
