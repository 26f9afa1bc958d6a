"""Codes that were used at purchases and without one, and each way in which what was stored of them can be wrong."""

from datetime import UTC, datetime

from store.engine import Engine
from tests.workers.promotions.harness import PromotionHarness

OF_THE_TENTH = "promotion = (SELECT number FROM promotion WHERE id = 'tenth')"

CODES_TAMPERED: dict[str, dict[str, list[str]]] = {
    "promotion-uses": {
        "a use that was lost": ["UPDATE promotion SET used = used - 1 WHERE id = 'tenth'"],
        "seconds that were lost": ["UPDATE promotion SET used_seconds = used_seconds - 1 WHERE id = 'gift'"],
        "money that was lost": ["""UPDATE promotion SET used_minor = '{"RUB": 1}' WHERE id = 'tenth'"""],
        "money of a currency in which nobody bought": [
            """UPDATE promotion SET used_minor = used_minor || '{"USD": 1}' WHERE id = 'tenth'""",
        ],
    },
    "promotion-limits": {
        "used more often than it may be": ["UPDATE promotion SET uses_limit = 1 WHERE id = 'tenth'"],
        "late money that nobody marked": ["UPDATE redemption SET is_beyond_limit = false"],
        "more seconds than its budget": ["UPDATE promotion SET budget_seconds = 1 WHERE id = 'gift'"],
        "more money than its budget": ["""UPDATE promotion SET budget_minor = '{"RUB": 1}' WHERE id = 'tenth'"""],
        "money of a currency without a budget": [
            """UPDATE promotion SET budget_minor = '{"USD": 1000000}' WHERE id = 'tenth'""",
        ],
    },
    "code-uses": {
        "a use that was lost": [f"UPDATE promo_code SET used = used - 1 WHERE {OF_THE_TENTH}"],
        "used more often than it may be": [f"UPDATE promo_code SET uses_limit = 1 WHERE {OF_THE_TENTH}"],
    },
    "redemption-settled": {
        "reserved, and its order is paid": [
            "UPDATE redemption SET status = 'reserved', reserved_until = now()"
            f" WHERE status = 'confirmed' AND {OF_THE_TENTH}",
        ],
        "confirmed, and nobody has paid": [
            "UPDATE redemption SET status = 'confirmed', confirmed_at = now(), reserved_until = NULL"
            f" WHERE status = 'reserved' AND {OF_THE_TENTH}",
        ],
    },
    "redemption-discount": {
        "an order that does not know its code": ["UPDATE orders SET discount_code = NULL"],
        "an order that does not know its bonus": ["UPDATE orders SET bonus_code = NULL"],
        "more minutes than its code gives": [
            "UPDATE orders SET bonus_seconds = bonus_seconds + 1 WHERE bonus_code IS NOT NULL AND bonus_package IS NULL",
        ],
        "the use of another account": [
            f"UPDATE redemption SET account = (SELECT number FROM account WHERE id = 'rich') WHERE {OF_THE_TENTH}",
        ],
    },
}


def live_by_codes(engine: Engine, *, now: datetime) -> None:
    """Let accounts pay with a code, too late, not yet or not at all, and get minutes by one."""
    tenth, late, gift, bonus = (_promotion(engine, name, now=now) for name in ("tenth", "late", "gift", "bonus"))
    tenth.create(uses=10, uses_each=0)
    tenth.pay(tenth.buy()["order_id"])
    tenth.cancel(tenth.buy()["order_id"])
    late.create(uses=1)
    too_late = late.buy()["order_id"]
    late.cancel(too_late)
    other = late.another()
    other.pay(other.buy()["order_id"])
    late.pay(too_late)
    gift.create("bonus_seconds", needs_purchase=False)
    gift.redeem()
    bonus.create("bonus_seconds", uses_each=0)
    bonus.pay(bonus.buy()["order_id"])
    bonus.buy(bonus.code, tenth.code)
    assert tenth.statuses() == ["confirmed", "given_back", "reserved"]
    assert [use["is_beyond_limit"] for use in late.uses()] == [True, False]
    assert (gift.statuses(), bonus.statuses()) == (["confirmed"], ["confirmed", "reserved"])


def _promotion(engine: Engine, name: str, *, now: datetime) -> PromotionHarness:
    harness = PromotionHarness(engine)
    harness.payments.offset = now - datetime.now(UTC)
    harness.id, harness.code = name, name.upper()
    return harness
