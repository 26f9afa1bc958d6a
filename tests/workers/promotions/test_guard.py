"""The guard: a promotion that must have leaked is switched off, once, and nothing else is."""

from datetime import datetime, timedelta

from sqlalchemy import text

from messages.promotions.guard import PromotionsGuardRequested
from messages.queues import DUE
from store.transaction import transaction
from tests.workers.events import DAY, HOUR, MINUTE
from tests.workers.promotions.campaign_harness import CampaignHarness
from workers.queues import due

PROMOTION = """
    INSERT INTO promotion (id, kind, share, amounts_minor, conditions, budget_minor, used_minor, message_id, created_by,
                           created_at, needs_purchase)
    VALUES (:id, 'bonus_seconds', 0, '{}', '{}', '{}', '{}', 0, 'ann', now(), false);
    INSERT INTO promo_code (promotion, text, folded, created_at)
    SELECT number, id, id, now() FROM promotion WHERE id = :id;
"""

USES = """
    INSERT INTO redemption (code, promotion, account, role, status, day, message_id, redeemed_at, given_back_at,
                            given_back_why)
    SELECT promo_code.number, promotion.number, account.number, 'bonus', 'given_back', CAST(:at AS date), 0, :at, :at,
           'expired'
    FROM promotion JOIN promo_code ON promo_code.promotion = promotion.number, account, generate_series(1, :count)
    WHERE promotion.id = :id AND account.id = 'ada'
"""


class TestGuard:
    def test_switches_off_what_must_have_leaked(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")
        now = campaigns.now
        self.use(campaigns, "leaked", {now - DAY - HOUR: 1, now - 5 * HOUR: 15, now - MINUTE: 61})
        self.use(campaigns, "mailed", {now - DAY - HOUR: 1, now - 5 * HOUR: 16, now - MINUTE: 61})
        self.use(campaigns, "new", {now - MINUTE: 500})
        self.use(campaigns, "small", {now - DAY - HOUR: 1, now - MINUTE: 59})

        first, again = self.tick(campaigns), self.tick(campaigns)

        assert (first, again) == ({"busy": 3, "paused": 1}, {"busy": 2})
        [row] = campaigns.select("SELECT id, paused_by, pause_reason FROM promotion WHERE paused_at IS NOT NULL")
        assert (row["id"], row["paused_by"]) == ("leaked", "guard")
        assert row["pause_reason"] == "used 61 times within an hour; its busiest hour before had 15"
        [fact] = campaigns.facts("promotion.paused")
        assert (fact["data"]["promotion_id"], fact["data"]["uses_last_hour"]) == ("leaked", 61)

    def test_looks_at_the_last_hour_and_at_whole_hours_before(self, campaigns: CampaignHarness) -> None:
        campaigns.open("ada")
        now, busy = campaigns.now, timedelta(hours=7, minutes=30)
        # Of the 120 uses within twenty minutes, all lie in one hour before; of the last ones some lie before the hour.
        self.use(campaigns, "x", {now - 2 * DAY: 1, now - busy: 20, now - HOUR: 40, now - HOUR + MINUTE: 61})

        assert self.tick(campaigns) == {"busy": 1}

    @staticmethod
    def use(campaigns: CampaignHarness, promotion: str, uses: dict[datetime, int]) -> None:
        """Make a promotion, and let its code be used so often at each moment."""
        with transaction(campaigns.engine) as session:
            session.execute(text(PROMOTION), {"id": promotion})
            for at, count in uses.items():
                session.execute(text(USES), {"id": promotion, "at": at, "count": count})

    @staticmethod
    def tick(campaigns: CampaignHarness) -> dict[str, int]:
        """Let the scheduler's tick look after promotions, and return what its run has counted."""
        due.handle(campaigns.context, [campaigns.event(PromotionsGuardRequested, {}, DUE)])
        [row] = campaigns.select("SELECT counts FROM due_run ORDER BY id DESC LIMIT 1")
        return {name: count for name, count in row["counts"].items() if count}
