"""A desk for tests: an account that has bought and used minutes, at a gateway that the admin pages know."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from domain.access.scope import TokenKind
from messages.promotions.campaigns import CampaignCreateRequested
from messages.promotions.codes import PromotionCreateRequested
from messages.promotions.programmes import ProgrammeCreateRequested
from messages.subscriptions.requests import SubscriptionStartRequested
from store.transaction import transaction
from tests.workers.events import registered
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from web.admin.settings import Admin
from workers.access.token import WantedToken, create_token
from workers.submit import Submission, submit


@dataclass(frozen=True, slots=True)
class Desk:
    """One account with an order, and names of what else there is."""

    harness: PaymentHarness
    order_id: str
    usage_id: str
    promotion: str
    campaign: str
    programme: str
    subscription_id: str

    @property
    def account(self) -> str:
        """The account's id."""
        return self.harness.account

    def order(self) -> dict[str, Any]:
        """The row of the order."""
        return self.harness.order(self.order_id)


def open_desk(admin: Admin, harness: PaymentHarness | None = None) -> Desk:
    """Let an account buy, use and subscribe, and make a promotion, a campaign and a programme; a new one, or given."""
    engine = admin.context.engine
    fill_catalogue(engine)
    harness = harness or fresh_harness(engine)
    gateways: Any = admin.context.gateways
    gateways[harness.memory.name] = harness.memory
    harness.minutes.apply(registered(harness.account, email=f"{harness.account}@example.com", username="Anna"))
    order_id, _ = harness.bought("standard")
    harness.use(600)
    [usage] = harness.minutes.select(
        "SELECT event_id FROM inbox WHERE used_seconds = 600 AND account = (SELECT number FROM account WHERE id = :id)",
        id=harness.account,
    )
    name = harness.account.removeprefix("account-")
    code = {"promotion_id": f"promo-{name}", "kind": "percent_off", "share": 1_000, "code": f"CODE{name}".upper()}
    _ask(harness, PromotionCreateRequested, code | {"created_by": "ada"})
    campaign = {
        "campaign_id": f"camp-{name}",
        "segment": {"is_everyone": True},
        "minutes": 100_000,
        "reason": "an outage",
        "created_by": "ada",
    }
    _ask(harness, CampaignCreateRequested, campaign)
    programme = {"programme_id": f"prog-{name}", "trigger": "first_purchase", "seconds": 60, "created_by": "ada"}
    _ask(harness, ProgrammeCreateRequested, programme)
    started = submit(
        harness.context,
        Submission(SubscriptionStartRequested, harness.account, {"product_id": "monthly", "currency": "RUB"}, "test"),
    ).answer
    subscription_id = started.get("subscription_id", "")
    with transaction(engine) as session:
        session.execute(_A_NOTICE, {"id": harness.account, "at": harness.clock()})
    create_token(harness.context, WantedToken(TokenKind.USER, harness.account))
    return Desk(
        harness,
        order_id,
        usage["event_id"],
        code["promotion_id"],
        campaign["campaign_id"],
        f"prog-{name}",
        subscription_id,
    )


_A_NOTICE = text("""
    INSERT INTO notice (account, kind, subject, content, owed_at, due_at, state, ended_at, reason)
    SELECT number, 'refund', 'refund-1', '{}', :at, :at, 'dropped', :at, 'nobody_to_tell' FROM account WHERE id = :id
""")


def _ask(harness: PaymentHarness, model: Any, data: dict[str, Any]) -> None:
    answer = submit(harness.context, Submission(model, None, data, "test")).answer
    assert "code" not in answer, answer
