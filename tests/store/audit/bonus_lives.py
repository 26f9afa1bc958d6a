"""Orders with a bonus and one that is free, and each way in which what was stored of them can be wrong."""

from datetime import UTC, datetime

from store.engine import Engine
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.payments.harness import fresh_harness
from tests.workers.payments.promoted import ALL_OF_IT, bought_promoted, buy_promoted

FREE = "(SELECT id FROM orders WHERE gateway = 'none')"
OF_THE_BONUS = "number IN (SELECT bonus_package FROM orders)"

BONUSES_TAMPERED: dict[str, dict[str, list[str]]] = {
    "bonus-granted": {
        "a second less than was promised": [
            "UPDATE orders SET bonus_seconds = bonus_seconds + 1 WHERE bonus_package IS NOT NULL AND bonus_code IS NULL",
        ],
        "granted, and its order does not know": ["UPDATE orders SET bonus_package = NULL"],
    },
    "bonus-rests": {
        "frozen for no dispute": [f"UPDATE package SET state = 'frozen' WHERE {OF_THE_BONUS}"],
    },
    "bonus-ends": {
        "void, and something is left": [f"UPDATE package SET state = 'voided' WHERE {OF_THE_BONUS}"],
    },
    "free-order": {
        "money that never came was to go back": [
            "INSERT INTO refund (id, order_id, gateway, origin, status, currency, amount_minor, void_seconds, reason,"
            f" requested_by, message_id) SELECT 'r', {FREE}, 'none', 'ours', 'failed', 'RUB', 1, 0, 'x', 'x', max(id)"
            " FROM inbox",
        ],
    },
}


def live_by_bonuses(engine: Engine, account: str, *, now: datetime) -> None:
    """Let one account buy with a bonus, use some of it, and get something for nothing."""
    harness = fresh_harness(engine)
    harness.offset = now - datetime.now(UTC)
    harness.minutes = MinutesHarness(engine, account=account)
    bought_promoted(harness, bonus_seconds=3_600)
    harness.use(600)
    buy_promoted(harness, discount=ALL_OF_IT)
