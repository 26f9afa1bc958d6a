"""A campaign that was granted and one that was voided, and each way in which what was stored of them can be wrong."""

from store.engine import Engine
from tests.workers.events import grant
from tests.workers.promotions.campaign_harness import CampaignHarness

VOIDED = "(SELECT number FROM campaign WHERE id = 'mistake')"
GRANTED = "(SELECT number FROM campaign WHERE id = 'outage')"

CAMPAIGNS_TAMPERED: dict[str, dict[str, list[str]]] = {
    "campaign-accounts": {
        "an account that came later": [
            f"INSERT INTO campaign_account (campaign, account) SELECT {GRANTED}, number FROM account WHERE id = 'rich'",
        ],
        "an account that was lost": ["UPDATE campaign SET accounts = accounts + 1 WHERE id = 'mistake'"],
        "more taken back than was": ["UPDATE campaign SET voided_seconds = voided_seconds + 1 WHERE id = 'mistake'"],
    },
    "campaign-packages": {
        "more given than it says": [f"UPDATE campaign SET seconds_each = seconds_each - 1 WHERE number = {GRANTED}"],
        "a present that was to make good": ["UPDATE campaign SET kind = 'bonus' WHERE id = 'outage'"],
        "the package of another cause": ["UPDATE campaign SET message_id = 1 WHERE id = 'outage'"],
    },
    "campaign-voided": {
        "a package that is usable again": [
            "UPDATE package SET state = 'active' WHERE number IN"
            f" (SELECT package FROM campaign_account WHERE campaign = {VOIDED})",
        ],
    },
}


def live_by_campaigns(engine: Engine) -> None:
    """Let an account get minutes twice, and lose those of the second time."""
    campaigns = CampaignHarness(engine, "")
    campaigns.apply(grant("meant", 900_000))
    meant = {"balance_at_least_seconds": 900_000}
    campaigns.create("outage", segment=meant)
    campaigns.create("mistake", segment=meant, valid_days=3)
    campaigns.run()
    campaigns.void("mistake")
    campaigns.run()
