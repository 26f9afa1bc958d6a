"""Campaigns as operators want them: made, approved by somebody else, voided. Going through the accounts is apart."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from domain.promotions.campaign import (
    Campaign,
    CampaignKind,
    Offer,
    approve,
    needs_approval,
    new_campaign,
    request_void,
    start,
)
from domain.promotions.segment import Segment, UnableToSegment
from domain.refusal import Refusal
from messages.errors import MessageRejected
from messages.promotions.campaigns import (
    CampaignApproveRequested,
    CampaignCreateData,
    CampaignCreateRequested,
    CampaignsRunRequested,
    CampaignVoidRequested,
    SegmentData,
)
from messages.queues import INTERNAL
from messages.read import Event
from messages.registry import QUEUE_OF
from messages.write import write
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.outbox import Outgoing, put_outgoing
from store.promotions.campaign import add_campaign, add_members, lock_campaign, save_campaign
from store.promotions.segment import count_accounts
from workers.claims import claim
from workers.context import Context

Change = Callable[[Campaign, int], Campaign | Refusal]
"""Changes a locked campaign for the message of an id."""


def create_campaign(context: Context, event: Event) -> dict[str, Any]:
    """
    Write a campaign down with the accounts that it is for; it begins at once, or waits for somebody else's approval.

    Returns:
        `campaign_id`, `status`, `accounts` and `seconds` in all; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: nobody can be meant by its segment, or its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, CampaignCreateRequested)
    segment = segment_of(envelope.data.segment)

    def create(session: Session) -> dict[str, Any]:
        return _once(session, event, lambda message_id: _create(session, context, envelope.data, segment, message_id))

    return context.transact(create)


def approve_campaign(context: Context, event: Event) -> dict[str, Any]:
    """Let a campaign begin that waits for somebody else than its maker; answers and errors as of `create_campaign`."""
    envelope = event.envelope
    assert isinstance(envelope, CampaignApproveRequested)
    data, now = envelope.data, context.clock()
    return _change(context, event, data.campaign_id, lambda campaign, _: approve(campaign, data.approved_by, at=now))


def void_campaign(context: Context, event: Event) -> dict[str, Any]:
    """Stop a campaign and take back what is left of it; answers and errors as of `create_campaign`."""
    envelope = event.envelope
    assert isinstance(envelope, CampaignVoidRequested)
    data, now = envelope.data, context.clock()

    def void(campaign: Campaign, message_id: int) -> Campaign | Refusal:
        return request_void(campaign, data.voided_by, data.reason, message_id, at=now)

    return _change(context, event, data.campaign_id, void)


def segment_of(data: SegmentData) -> Segment:
    """
    Return the segment that a message names.

    Raises:
        MessageRejected: it names nobody, or everybody without saying so.
    """
    given: dict[str, Any] = {name: frozenset(value) if isinstance(value, tuple) else value for name, value in data}
    try:
        return Segment(**given)
    except UnableToSegment as error:
        raise MessageRejected("WrongSegment", str(error)) from error


def _create(
    session: Session, context: Context, data: CampaignCreateData, segment: Segment, message_id: int
) -> Campaign | Refusal:
    now = context.clock()
    kind, valid_days = CampaignKind(data.kind), data.valid_days
    offer = Offer(kind, _document(data.segment), data.seconds_each, valid_days, data.reason)
    if (known := lock_campaign(session, data.campaign_id)) is not None:
        return _same_or_refused(known, offer)
    if segment.ends_after(now):
        return Refusal("TooEarly", "the segment depends on what has not happened yet; its moments must be over")
    if not count_accounts(session, segment, at=now):
        return Refusal("NobodyMeant", "no account is in this segment")
    made = new_campaign(data.campaign_id, offer, message_id, data.created_by, at=now)
    number = add_campaign(session, made)
    if number is None:
        # Somebody else has made it meanwhile.
        known = lock_campaign(session, made.id)
        assert known is not None
        return _same_or_refused(known, offer)
    counted = replace(made, accounts=add_members(session, number, segment, at=now))
    if not needs_approval(counted, approve_above_seconds=context.approve_above_seconds):
        counted = start(counted, at=now)
        _remind(session, f"campaign:{counted.id}:created", context)
    save_campaign(session, counted, before=made)
    return counted


def _same_or_refused(known: Campaign, offer: Offer) -> Campaign | Refusal:
    if known.offers(offer):
        return known
    return Refusal("SameIdOtherCampaign", f"campaign {known.id} was made before with another offer; take another id")


def _change(context: Context, event: Event, campaign_id: str, change: Change) -> dict[str, Any]:
    def once(session: Session, message_id: int) -> Campaign | Refusal:
        before = lock_campaign(session, campaign_id)
        if before is None:
            return Refusal("UnknownCampaign", f"there is no campaign {campaign_id}")
        changed = change(before, message_id)
        if isinstance(changed, Campaign):
            save_campaign(session, changed, before=before)
            _remind(session, f"campaign:{campaign_id}:{message_id}", context)
        return changed

    return context.transact(lambda session: _once(session, event, lambda message_id: once(session, message_id)))


def _once(session: Session, event: Event, decide: Callable[[int], Campaign | Refusal]) -> dict[str, Any]:
    """Claim a message, decide about it and save the answer; a repeat gets the first one."""
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    answer = _answer_of(decide(claimed))
    save_answers(session, {claimed: Answer(answer, is_refusal="code" in answer)})
    return answer


def _answer_of(decided: Campaign | Refusal) -> dict[str, Any]:
    if isinstance(decided, Refusal):
        return {"code": decided.code, "reason": decided.reason}
    return {
        "campaign_id": decided.id,
        "status": decided.status,
        "accounts": decided.accounts,
        "seconds": decided.seconds,
    }


def _remind(session: Session, message_id: str, context: Context) -> None:
    """Let workers begin with the commit; the tick would do so within a minute."""
    _, body = write(CampaignsRunRequested, {}, at=context.clock(), message_id=message_id)
    put_outgoing(session, Outgoing(INTERNAL, QUEUE_OF[CampaignsRunRequested], message_id, body))


def _document(data: SegmentData) -> Mapping[str, Any]:
    """Return a segment as it is stored: what was given, each list in one order, so that equal ones look alike."""
    given = data.model_dump(mode="json", exclude_defaults=True)
    return {name: sorted(set(value)) if isinstance(value, list) else value for name, value in sorted(given.items())}
