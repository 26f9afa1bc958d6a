"""Promotions and their codes: how often they are used, what they would cost, and the switch that turns them off."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from domain.promotions.promotion import CodeKind
from messages.promotions.codes import PromotionPauseRequested
from messages.promotions.programmes import ProgrammeSwitchRequested
from store.cursor import WrongCursor
from store.promotions.read import UnknownPromotion, WantedPromotions, list_promotions, promotion_page
from store.promotions.read_guard import liability
from store.promotions.read_referrals import list_programmes
from store.reading import reading
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.lists import address_with, first_page
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.promotion_page import Said, show_promotion
from web.admin.route import AdminRouter
from web.admin.saved import saved_of
from web.admin.show import show
from web.admin.words import said
from workers.submit import Submission

router = AdminRouter()

PAGE = 50


@dataclass(frozen=True)
class SwitchForm:
    """What is switched, and how it stood on the page: `is_on` is how it stands, and becomes the other."""

    id: Annotated[str, Form(max_length=64)]
    form_id: FormId
    is_on: Annotated[bool, Form()]
    reason: Why = ""


@router.page("/promotions", Permission.PROMOTIONS_READ)
def promotions(
    request: Request,
    signed: SignedIn,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
    outstanding: Annotated[bool, Query()] = False,
    kind: Annotated[CodeKind | Literal[""], Query()] = "",
    state: Annotated[Literal["", "on", "off", "over"], Query()] = "",
) -> Response:
    """Show promotions, the newest first, and where it is asked for what is outstanding of all that was given."""
    context = admin_of(request).lists
    with reading(context.engine) as session:
        try:
            wanted = WantedPromotions(context.clock(), CodeKind(kind) if kind else None, state or None)
            found = list_promotions(session, limit=PAGE, cursor=cursor, wanted=wanted)
        except WrongCursor:
            return show(request, "not_found.html", signed, status=404)
        owed = liability(session, at=context.clock()) if outstanding else None
    filters = {"kind": kind, "state": state}
    return show(
        request,
        "promotions.html",
        signed,
        saved=saved_of(request, signed),
        lines=found.lines,
        older=address_with("/promotions", filters, found.next_cursor),
        newest=first_page("/promotions", filters) if cursor else None,
        filters=filters,
        kinds=[("", "any"), *((each, each.replace("_", " ")) for each in CodeKind)],
        outstanding=owed,
        now=context.clock(),
    )


@router.page("/promotion", Permission.PROMOTIONS_READ)
def promotion(
    request: Request,
    signed: SignedIn,
    id: Annotated[str, Query(max_length=64)],  # noqa: A002
    done: Annotated[str | None, Query(max_length=20)] = None,
    simulated: Annotated[bool, Query()] = False,
) -> Response:
    """Show one promotion: its limits, its uses, and where it is asked for what its code would have cost lately."""
    return show_promotion(request, signed, id, Said(done=said(done), is_simulated=simulated))


@router.action("/promotion/switch", Permission.PROMOTIONS_PAUSE)
def switch(request: Request, signed: SignedIn, wanted: Annotated[SwitchForm, Depends()]) -> Response:
    """Switch a promotion off, or on again; refused when somebody else has done so meanwhile."""
    context, reason = admin_of(request).context, wanted.reason.strip()
    with reading(context.engine) as session:
        try:
            found = promotion_page(session, wanted.id)
        except UnknownPromotion:
            return show(request, "not_found.html", signed, status=404)
    if (found.paused_at is None) != wanted.is_on:
        return show_promotion(request, signed, wanted.id, Said(fault="Somebody has switched it meanwhile; look again."))
    data = {
        "promotion_id": wanted.id,
        "is_paused": wanted.is_on,
        "paused_by": signed.operator.name,
        "reason": reason or None,
    }
    act = signed.act("promotion.pause" if wanted.is_on else "promotion.resume", f"promotion:{wanted.id}", reason=reason)
    done = perform(context, act, Submission(PromotionPauseRequested, None, data, "", wanted.form_id))
    if done.fault is not None:
        return show_promotion(request, signed, wanted.id, Said(fault=done.fault))
    query = urlencode({"id": wanted.id, "done": "paused" if wanted.is_on else "resumed"})
    return RedirectResponse(f"/promotion?{query}", status_code=303)


@router.page("/programmes", Permission.PROMOTIONS_READ)
def programmes(
    request: Request, signed: SignedIn, done: Annotated[str | None, Query(max_length=20)] = None
) -> Response:
    """Show bonus programmes."""
    return _programmes(request, signed, done=said(done))


@router.action("/programmes/switch", Permission.PROMOTIONS_PAUSE)
def switch_programme(request: Request, signed: SignedIn, wanted: Annotated[SwitchForm, Depends()]) -> Response:
    """Switch a programme off, or on again."""
    reason = wanted.reason.strip()
    data = {
        "programme_id": wanted.id,
        "is_on": not wanted.is_on,
        "reason": reason or None,
        "changed_by": signed.operator.name,
    }
    act = signed.act("programme.switch", f"programme:{wanted.id}", reason=reason, detail={"is_on": not wanted.is_on})
    submission = Submission(ProgrammeSwitchRequested, None, data, "", wanted.form_id)
    done = perform(admin_of(request).context, act, submission)
    if done.fault is not None:
        return _programmes(request, signed, fault=done.fault)
    return RedirectResponse("/programmes?done=switched", status_code=303)


def _programmes(request: Request, signed: Signed, *, done: str | None = None, fault: str | None = None) -> Response:
    with reading(admin_of(request).context.engine) as session:
        lines = list_programmes(session)
    status = 200 if fault is None else 409
    return show(
        request, "programmes.html", signed, status=status, lines=lines, done=done, fault=fault, form_id=new_form_id()
    )
