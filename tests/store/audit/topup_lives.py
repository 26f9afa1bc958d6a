"""A top-up that went well, and each way in which what was stored of it can be wrong."""

from store.engine import Engine
from tests.store.audit.payment_lives import PLAIN
from tests.workers.subscriptions.topup_harness import TopupHarness

_COPIED = (
    "account, product, gateway, kind, currency, price_minor, list_price_minor, granted_seconds, title, return_url,"
    " cancel_url, message_id, created_at"
)

TOPUP_TAMPERED: dict[str, dict[str, list[str]]] = {
    "topup-one-at-a-time": {
        "an order that its account does not know of": [
            f"INSERT INTO orders (id, {_COPIED}) SELECT 'second', {_COPIED} FROM orders WHERE kind = 'top_up'",
        ],
        "an order of another kind under way": [
            f"UPDATE topup SET order_id = {PLAIN}",
        ],
    },
    "topup-not-in-bursts": {
        "three within an hour": [
            "UPDATE orders SET kind = 'top_up' WHERE status = 'paid'"
            " AND account = (SELECT number FROM account WHERE id = 'buyer')",
            # What is sold is counted by its kind, too.
            "UPDATE money_change SET kind = 'top_up' WHERE account = (SELECT number FROM account WHERE id = 'buyer')",
        ],
    },
    "topup-within-limits": {
        "more money than a day allows": ["UPDATE topup SET max_minor_per_day = 1, set_at = '2000-01-01Z'"],
    },
    "topup-off-is-off": {
        "an order after it was stopped": [
            "UPDATE topup SET is_on = false, stop = 'declined', stopped_at = '2000-01-01Z'",
        ],
        "a balance that looks for what is not there": [
            "UPDATE account SET topup_below_seconds = 1 WHERE id = 'rich'",
        ],
    },
}


def live_by_topup(engine: Engine) -> None:
    """Let an account be topped up."""
    harness = TopupHarness(engine)
    harness.set()
    harness.use(900)
    harness.check()
