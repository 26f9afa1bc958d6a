"""Queue `promotion`: what operators, buyers and our own workers want of promotions."""

from collections.abc import Sequence
from typing import Any

from messages.errors import MessageRejected
from messages.promotions.campaigns import CampaignApproveRequested, CampaignCreateRequested, CampaignVoidRequested
from messages.read import Event
from workers.context import Context
from workers.outcome import Outcome, answered
from workers.promotions.campaign import approve_campaign, create_campaign, void_campaign


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
        case other:
            raise MessageRejected("UnknownType", f"queue promotion has no handler for {other.type}")
