"""A new campaign: who is meant and what it costs is shown first; only then it is made, or waits for a second person."""

import re
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from domain.promotions.campaign import CampaignKind
from messages.errors import MessageRejected
from messages.fields import MAX_GRANT_SECONDS
from messages.promotions.campaigns import CampaignCreateRequested, segment_data
from store.promotions.read_campaigns import SegmentCost, segment_cost
from store.reading import reading
from web.admin.acting import FormId, new_form_id, perform
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.typed import AsTyped, Typed, digest_of, was_shown
from workers.promotions.campaign import segment_of
from workers.submit import Submission

router = AdminRouter()

KINDS = MappingProxyType({CampaignKind.COMPENSATION: "to make good for something", CampaignKind.BONUS: "a present"})

MOST_BALANCE_MINUTES = 2**40


@router.page("/campaign/new", Permission.PROMOTIONS_CHANGE)
def ask(request: Request, signed: SignedIn) -> Response:
    """Ask whom a campaign is for, and what each gets."""
    return _form(request, signed, Typed())


@router.action("/campaign/new", Permission.PROMOTIONS_CHANGE)
def create(request: Request, signed: SignedIn, typed: AsTyped, form_id: FormId) -> Response:
    """Count whom a campaign is for and say what it costs, and when that was shown make it."""
    data = _data(typed) | {"created_by": signed.operator.name}
    _check_together(typed, data)
    if typed.faults:
        return _form(request, signed, typed, status=409)
    try:
        cost = _cost(request, data)
    except MessageRejected as error:
        return _form(request, signed, typed, fault=f"{error.reason}.", status=409)
    # How many are meant may have changed since; whoever saw 12 has not said yes to 12 000.
    if typed["do"] != "make" or not was_shown(typed) or typed["accounts_shown"] != str(cost.accounts):
        return _form(request, signed, typed, cost=cost)
    act = signed.act(
        "campaign.create",
        f"campaign:{data['campaign_id']}",
        reason=typed["reason"].strip(),
        detail={"accounts": cost.accounts, "minutes": data["minutes"]},
    )
    done = perform(admin_of(request).context, act, Submission(CampaignCreateRequested, None, data, "", form_id))
    if done.fault is not None:
        return _form(request, signed, typed, cost=cost, fault=done.fault, status=409)
    return RedirectResponse(f"/campaign?{urlencode({'id': data['campaign_id'], 'done': 'made'})}", status_code=303)


def _data(typed: Typed) -> dict[str, Any]:
    """Return what a form says as the data of a message; what is wrong with it stands in its faults."""
    below, least = typed.whole("balance_below", most=MOST_BALANCE_MINUTES), typed.whole("balance_least", least=0)
    criteria = {
        "is_everyone": typed.ticked("everyone") or None,
        "used_from": typed.moment("used_from"),
        "used_until": typed.moment("used_until"),
        "unused_since": typed.moment("unused_since"),
        "product_ids": typed.names("products"),
        "countries": [country.upper() for country in typed.names("countries")],
        "balance_below_seconds": None if below is None else 60 * below,
        "balance_at_least_seconds": None if least is None else 60 * least,
        "without_campaign_ids": typed.names("without"),
    }
    return {
        "campaign_id": typed.text("campaign_id", required=True),
        "kind": str(typed.choice("kind", list(KINDS))),
        "segment": {name: value for name, value in criteria.items() if value not in (None, [])},
        "minutes": typed.whole("minutes", most=MAX_GRANT_SECONDS // 60, required=True),
        "valid_days": typed.whole("valid_days", most=3_660),
        "reason": typed.text("why_given", most=500, required=True),
    }


def _check_together(typed: Typed, data: dict[str, Any]) -> None:
    """Note what is wrong with fields that are right each for itself."""
    if data["campaign_id"] is not None and not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", data["campaign_id"]):
        typed.faults["campaign_id"] = "Small letters, digits, dots and hyphens are wanted."
    begin, end = data["segment"].get("used_from"), data["segment"].get("used_until")
    for name, given, other in (("used_from", begin, end), ("used_until", end, begin)):
        if given is None and other is not None and name not in typed.faults:
            typed.faults[name] = "It goes with the other end."
    if begin is not None and end is not None and datetime.fromisoformat(end) <= datetime.fromisoformat(begin):
        typed.faults["used_until"] = "It is not after “Used something from”."


def _cost(request: Request, data: dict[str, Any]) -> SegmentCost:
    """
    Return how many accounts are meant, and what the minutes are worth.

    Raises:
        MessageRejected: a criterion is wrong, or nobody can be meant.
    """
    context, segment = admin_of(request).context, segment_of(segment_data(data["segment"]))
    with reading(context.engine) as session:
        return segment_cost(session, segment, seconds_each=60 * data["minutes"], at=context.clock())


def _form(
    request: Request,
    signed: Signed,
    typed: Typed,
    *,
    cost: SegmentCost | None = None,
    fault: str | None = None,
    status: int = 200,
) -> Response:
    return show(
        request,
        "campaign_new.html",
        signed,
        status=status,
        typed=typed,
        fault=fault,
        cost=cost,
        needs_approval=cost is not None and cost.seconds > admin_of(request).context.approve_above_seconds,
        shown=digest_of(typed),
        kinds=list(KINDS.items()),
        form_id=new_form_id(),
    )
