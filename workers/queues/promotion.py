"""Queue `promotion`: what operators, buyers and our own workers want of promotions, and operators of the catalogue."""

from collections.abc import Callable, Sequence
from typing import Any

from messages.catalogue.requests import (
    ProductCreateRequested,
    ProductPriceSetRequested,
    ProductSwitchRequested,
    ProductWordingSetRequested,
)
from messages.envelope import Envelope
from messages.errors import MessageRejected
from messages.promotions.campaigns import CampaignApproveRequested, CampaignCreateRequested, CampaignVoidRequested
from messages.promotions.codes import (
    PromotionBatchRequested,
    PromotionCreateRequested,
    PromotionExportRequested,
    PromotionPauseRequested,
    PromotionRedeemRequested,
)
from messages.promotions.programmes import ProgrammeCreateRequested, ProgrammeSwitchRequested
from messages.promotions.referrals import (
    ReferralAttributionRequested,
    ReferralCodeRequested,
    ReferralTermsSetRequested,
)
from messages.promotions.reminders import PromotionPurchaseSettled
from messages.read import Event
from workers.catalogue.change import change_price, change_wording, create_product, switch_product
from workers.context import Context
from workers.outcome import Outcome, answered
from workers.promotions.attribute import attribute, give_code, set_terms
from workers.promotions.campaign import approve_campaign, create_campaign, void_campaign
from workers.promotions.create import create_batch, create_promotion, export_codes, pause_promotion
from workers.promotions.programme_set import create_programme, switch
from workers.promotions.purchase_settled import follow_purchase
from workers.promotions.redeem import redeem_code

_USE_CASES: dict[type[Envelope], Callable[[Context, Event], dict[str, Any]]] = {
    CampaignCreateRequested: create_campaign,
    CampaignApproveRequested: approve_campaign,
    CampaignVoidRequested: void_campaign,
    PromotionPurchaseSettled: follow_purchase,
    ProgrammeCreateRequested: create_programme,
    ProgrammeSwitchRequested: switch,
    ReferralTermsSetRequested: set_terms,
    ReferralCodeRequested: give_code,
    ReferralAttributionRequested: attribute,
    PromotionRedeemRequested: redeem_code,
    PromotionCreateRequested: create_promotion,
    PromotionBatchRequested: create_batch,
    PromotionExportRequested: export_codes,
    PromotionPauseRequested: pause_promotion,
    ProductCreateRequested: create_product,
    ProductPriceSetRequested: change_price,
    ProductWordingSetRequested: change_wording,
    ProductSwitchRequested: switch_product,
}
"""message -> its use case."""


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Handle events and return what became of each; every step may come again, and a repeat gets the first answer.

    Raises:
        MessageRejected: an event is wrong in itself.
        Unavailable: the store gave no answer; repeating is harmless.
    """
    return [answered(event, _answer(context, event)) for event in events]


def _answer(context: Context, event: Event) -> dict[str, Any]:
    kind = type(event.envelope)
    if kind not in _USE_CASES:
        raise MessageRejected("UnknownType", f"queue promotion has no handler for {event.envelope.type}")
    return _USE_CASES[kind](context, event)
