"""Campaigns: the same minutes for many accounts; approved by a second person, and taken back by one."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from messages.envelope import Envelope
from messages.promotions.campaigns import CampaignApproveRequested, CampaignVoidRequested
from store.cursor import WrongCursor
from store.promotions.read_campaigns import CampaignPage, UnknownCampaign, campaign_page, list_campaigns
from store.reading import reading
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.lists import address_with
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.promotion_words import segment_words
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.words import said, tone
from workers.submit import Submission

router = AdminRouter()

PAGE = 50


@dataclass(frozen=True)
class CampaignForm:
    """Which campaign, and in which state its page showed it."""

    id: Annotated[str, Form(max_length=64)]
    form_id: FormId
    expected_status: Annotated[str, Form(max_length=20)]
    reason: Why = ""


@router.page("/campaigns", Permission.PROMOTIONS_READ)
def campaigns(
    request: Request, signed: SignedIn, cursor: Annotated[str | None, Query(max_length=2_000)] = None
) -> Response:
    """Show campaigns, the newest first."""
    with reading(admin_of(request).lists.engine) as session:
        try:
            lines, following = list_campaigns(session, limit=PAGE, cursor=cursor)
        except WrongCursor:
            return show(request, "not_found.html", signed, status=404)
    older = address_with("/campaigns", {}, following)
    return show(request, "campaigns.html", signed, lines=lines, older=older, is_newest=cursor is None, tone_of=tone)


@router.page("/campaign", Permission.PROMOTIONS_READ)
def campaign(
    request: Request,
    signed: SignedIn,
    id: Annotated[str, Query(max_length=64)],  # noqa: A002
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show one campaign."""
    return _page(request, signed, id, done=said(done))


@router.action("/campaign/approve", Permission.PROMOTIONS_CHANGE)
def approve(request: Request, signed: SignedIn, wanted: Annotated[CampaignForm, Depends()]) -> Response:
    """Let a campaign begin that somebody else has made."""
    data = {"campaign_id": wanted.id, "approved_by": signed.operator.name}
    return _act(request, signed, wanted, ("approved", CampaignApproveRequested, data))


@router.action("/campaign/void", Permission.PROMOTIONS_CHANGE)
def void(request: Request, signed: SignedIn, wanted: Annotated[CampaignForm, Depends()]) -> Response:
    """Take back what is left of what a campaign has given."""
    data = {"campaign_id": wanted.id, "voided_by": signed.operator.name, "reason": wanted.reason.strip() or None}
    return _act(request, signed, wanted, ("voided", CampaignVoidRequested, data))


def _act(
    request: Request, signed: Signed, wanted: CampaignForm, what: tuple[str, type[Envelope], dict[str, Any]]
) -> Response:
    context, (word, model, data) = admin_of(request).context, what
    try:
        with reading(context.engine) as session:
            found = campaign_page(session, wanted.id)
    except UnknownCampaign:
        return show(request, "not_found.html", signed, status=404)
    if found.campaign.status != wanted.expected_status:
        return _page(request, signed, wanted.id, fault="It has changed since this page was loaded; look again.")
    act = signed.act(f"campaign.{word}", f"campaign:{wanted.id}", reason=wanted.reason.strip())
    done = perform(context, act, Submission(model, None, data, "", wanted.form_id))
    if done.fault is not None:
        return _page(request, signed, wanted.id, fault=done.fault)
    return RedirectResponse(f"/campaign?{urlencode({'id': wanted.id, 'done': word})}", status_code=303)


def _page(
    request: Request, signed: Signed, campaign_id: str, *, done: str | None = None, fault: str | None = None
) -> Response:
    try:
        with reading(admin_of(request).context.engine) as session:
            page: CampaignPage = campaign_page(session, campaign_id)
    except UnknownCampaign:
        return show(request, "not_found.html", signed, status=404)
    return show(
        request,
        "campaign.html",
        signed,
        status=200 if fault is None else 409,
        page=page,
        whom=segment_words,
        done=done,
        fault=fault,
        form_id=new_form_id(),
        tone_of=tone,
    )
