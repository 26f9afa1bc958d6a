"""Queue `promotion`: what operators, buyers and our own workers want of promotions."""

from collections.abc import Sequence
from typing import Any

from messages.errors import MessageRejected
from messages.promotions.campaigns import CampaignApproveRequested, CampaignCreateRequested, CampaignVoidRequested
from messages.promotions.programmes import ProgrammeCreateRequested, ProgrammeSwitchRequested
from messages.promotions.referrals import (
    ReferralAttributionRequested,
    ReferralCodeRequested,
    ReferralTermsSetRequested,
)
from messages.promotions.reminders import PromotionPurchaseSettled
from messages.read import Event
from workers.context import Context
from workers.outcome import Outcome, answered
from workers.promotions.attribute import attribute, give_code, set_terms
from workers.promotions.campaign import approve_campaign, create_campaign, void_campaign
from workers.promotions.programme_set import create_programme, switch
from workers.promotions.purchase_settled import follow_purchase


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Handle events and return what became of each; every step may come again, and a repeat gets the first answer.

    Raises:
        MessageRejected: an event is wrong in itself.
        Unavailable: the store gave no answer; repeating is harmless.
    """
    return [answered(event, _answer(context, event)) for event in events]


def _answer(context: Context, event: Event) -> dict[str, Any]:
    match event.envelope:
        case CampaignCreateRequested():
            return create_campaign(context, event)
        case CampaignApproveRequested():
            return approve_campaign(context, event)
        case CampaignVoidRequested():
            return void_campaign(context, event)
        case PromotionPurchaseSettled():
            return follow_purchase(context, event)
        case ProgrammeCreateRequested():
            return create_programme(context, event)
        case ProgrammeSwitchRequested():
            return switch(context, event)
        case ReferralTermsSetRequested():
            return set_terms(context, event)
        case ReferralCodeRequested():
            return give_code(context, event)
        case ReferralAttributionRequested():
            return attribute(context, event)
        case other:
            raise MessageRejected("UnknownType", f"queue promotion has no handler for {other.type}")
