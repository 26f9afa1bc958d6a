"""What the ticks of subscriptions and of auto top-up read: by an index, however many of them there are."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from store.engine import Engine
from store.reading import reading
from store.subscriptions.subscription import due_gateways_query, find_due_gateways
from store.subscriptions.topup import due_query, find_due_topups
from store.transaction import transaction
from tests.store.explaining import explained

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

MANY = """
    INSERT INTO product (id, kind, granted_seconds) VALUES ('p', 'one_off', 60);
    INSERT INTO account (id, topup_below_seconds) SELECT 'account-' || n, 600 FROM generate_series(1, 20000) AS n;
    INSERT INTO topup (id, account, product, currency, threshold_seconds, max_per_day, cooldown_seconds, is_on, message_id,
                       set_at, due_at)
    SELECT account.id, account.number, product.number, 'RUB', 600, 3, 3600, true, 1, :at,
           CAST(:at AS timestamptz) + CASE WHEN account.number % 1000 = 0 THEN -1 ELSE 1 END * interval '1 minute'
    FROM account, product;
    INSERT INTO subscription (id, account, product, gateway, currency, price_minor, granted_seconds, period, title, message_id,
                              status, anchor_at, period_start, period_end, due_at)
    SELECT account.id, account.number, product.number,
           CASE WHEN account.number % 5000 = 1 THEN 'paypal' WHEN account.number % 2 = 0 THEN 'stripe' ELSE 'yookassa' END,
           'RUB', 100, 60, 'month', 't', 1, 'active', :at, :at, CAST(:at AS timestamptz) + interval '30 days',
           CAST(:at AS timestamptz) + CASE WHEN account.number % 2 = 0 THEN 1 ELSE -1 END * interval '1 hour'
    FROM account, product;
    ANALYZE account; ANALYZE topup; ANALYZE subscription
"""


@pytest.fixture
def crowded(engine: Engine) -> Engine:
    """
    Twenty thousand accounts with top-up and a subscription each.

    One top-up of a thousand is due; half of the subscriptions are, at two gateways of three.
    """
    with transaction(engine) as session:
        session.execute(text(MANY), {"at": NOW})
    return engine


class TestPlans:
    def test_of_top_ups_read_those_that_are_due(self, crowded: Engine) -> None:
        with reading(crowded) as session:
            plan = explained(session, due_query(at=NOW, limit=200))
            due = find_due_topups(session, at=NOW, limit=200)

        assert {"topup_due", "topup_under_way"} <= set(plan.replace(" on ", " ").split())
        assert "Seq Scan on topup" not in plan
        assert "package" not in plan
        assert len(due) == 20

    def test_of_gateways_read_one_row_each(self, crowded: Engine) -> None:
        with reading(crowded) as session:
            plan = explained(session, due_gateways_query(at=NOW))
            due = find_due_gateways(session, at=NOW)

        assert plan.count("using subscription_due") == plan.count(" on subscription") > 1
        assert plan.count("Limit") > 1
        assert "Seq Scan" not in plan
        assert sorted(due) == ["paypal", "yookassa"]
