"""A new promotion: typed, tried on what was bought lately, and only then made; and codes in batches."""

import re
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from domain.access.role import Permission
from domain.promotions.promotion import Buyers, CodeKind, PromoCode
from domain.promotions.simulate import Simulation, simulate
from messages.promotions.codes import (
    PromotionBatchRequested,
    PromotionCreateRequested,
    PromotionData,
    PromotionExportRequested,
)
from store.promotions.read import UnknownPromotion, codes_of_batch
from store.promotions.read_guard import past_purchases
from store.reading import reading
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.promotion_page import SIMULATED, Said, cost_of, show_promotion
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.typed import AsTyped, Typed, digest_of, was_shown
from web.csv_rows import BYTE_ORDER_MARK, MEDIA_TYPE, csv_text
from workers.promotions.create import promotion_of
from workers.submit import Submission

router = AdminRouter()

MOST_CODES = 20_000
"""Of one batch from a page, so that nobody waits long; a command makes more."""

KINDS = MappingProxyType(
    {
        CodeKind.PERCENT_OFF: "percent off the price",
        CodeKind.AMOUNT_OFF: "an amount off the price",
        CodeKind.BONUS_SECONDS: "minutes besides",
        CodeKind.BONUS_PERCENT: "percent of the bought minutes besides",
        CodeKind.FREE_PACKAGE: "a free package",
    }
)

BUYERS = MappingProxyType(
    {
        Buyers.ALL: "everybody",
        Buyers.NEW: "who has bought nothing yet",
        Buyers.RETURNING: "who comes back",
    }
)


FIELDS = MappingProxyType(
    {
        "share": "percent",
        "amounts_minor": "amounts",
        "seconds": "minutes",
        "free_product_id": "free_product",
        "needs_purchase": "kind",
        "starts_at": "starts",
        "ends_at": "ends",
        "product_ids": "products",
        "minimum_minor": "minimum",
        "first_purchase_only": "first_purchase",
        "returning_after_days": "returning_after",
        "budget_seconds": "budget_minutes",
        "budget_minor": "budget",
    }
)
"""Field of the message -> field of the form, where they differ."""

_ENDS = ("starts_at", "ends_at")


@dataclass(frozen=True)
class BatchForm:
    """How many codes are made for which promotion."""

    id: Annotated[str, Form(max_length=64)]
    form_id: FormId
    codes: Annotated[str, Form(max_length=20)] = ""
    reason: Why = ""


@dataclass(frozen=True)
class BatchExportForm:
    """Which batch is taken out; `again` says that it was before, and that this is known."""

    id: Annotated[str, Form(max_length=64)]
    form_id: FormId
    batch: Annotated[int, Form(gt=0, le=2**31 - 1)]
    again: Annotated[bool, Form()] = False
    reason: Why = ""


@router.page("/promotion/new", Permission.PROMOTIONS_CHANGE)
def ask(request: Request, signed: SignedIn) -> Response:
    """Ask what a promotion is to give, to whom and how often."""
    return _form(request, signed, Typed({"uses_each": "1", "periods": "1"}))


@router.action("/promotion/new", Permission.PROMOTIONS_CHANGE)
def create(request: Request, signed: SignedIn, typed: AsTyped, form_id: FormId) -> Response:
    """Show what a promotion would have cost lately, and when that was shown make it."""
    data = _data(typed) | {"created_by": signed.operator.name}
    _check_together(typed, data, at=admin_of(request).context.clock())
    if typed.faults:
        return _form(request, signed, typed, status=409)
    try:
        wanted = PromotionData.model_validate({name: value for name, value in data.items() if value is not None})
    except ValidationError as error:
        return _form(request, signed, typed, fault=_faults_of(error, typed), status=409)
    if typed["do"] != "make" or not was_shown(typed):
        return _form(request, signed, typed, preview=_simulated(request, wanted))
    act = signed.act(
        "promotion.create",
        f"promotion:{wanted.promotion_id}",
        reason=typed["reason"].strip(),
        detail={"kind": wanted.kind, "code": wanted.code, "uses": wanted.uses},
    )
    done = perform(admin_of(request).context, act, Submission(PromotionCreateRequested, None, data, "", form_id))
    if done.fault is not None:
        return _form(request, signed, typed, fault=done.fault, preview=_simulated(request, wanted), status=409)
    return RedirectResponse(f"/promotion?{urlencode({'id': wanted.promotion_id, 'done': 'made'})}", status_code=303)


@router.action("/promotion/batch", Permission.PROMOTIONS_CHANGE)
def make_batch(request: Request, signed: SignedIn, wanted: Annotated[BatchForm, Depends()]) -> Response:
    """Make codes for one use each."""
    typed = Typed({"codes": wanted.codes, "reason": wanted.reason})
    codes = typed.whole("codes", most=MOST_CODES, required=True)
    if codes is None:
        return show_promotion(request, signed, wanted.id, Said(typed=typed))
    data = {"promotion_id": wanted.id, "codes": codes, "created_by": signed.operator.name}
    act = signed.act("promotion.batch", f"promotion:{wanted.id}", reason=wanted.reason.strip(), detail={"codes": codes})
    done = perform(admin_of(request).context, act, Submission(PromotionBatchRequested, None, data, "", wanted.form_id))
    if done.fault is not None:
        return show_promotion(request, signed, wanted.id, Said(typed=typed, fault=done.fault))
    return RedirectResponse(f"/promotion?{urlencode({'id': wanted.id, 'done': 'batch'})}", status_code=303)


@router.action("/promotion/batch/export", Permission.PROMOTIONS_CHANGE)
def export_batch(request: Request, signed: SignedIn, wanted: Annotated[BatchExportForm, Depends()]) -> Response:
    """Return the codes of a batch as a file, once; whoever takes them out again says so, and both stand in the log."""
    context = admin_of(request).context
    data = {
        "promotion_id": wanted.id,
        "batch": wanted.batch,
        "exported_by": signed.operator.name,
        "again": wanted.again,
    }
    act = signed.act(
        "promotion.export",
        f"promotion:{wanted.id}",
        reason=wanted.reason.strip(),
        detail={"batch": wanted.batch, "again": wanted.again},
    )
    done = perform(context, act, Submission(PromotionExportRequested, None, data, "", wanted.form_id))
    if done.fault is not None:
        return show_promotion(request, signed, wanted.id, Said(fault=done.fault))
    try:
        with reading(context.engine) as session:
            codes = list(codes_of_batch(session, wanted.id, wanted.batch))
    except UnknownPromotion:
        return show(request, "not_found.html", signed, status=404)
    body = BYTE_ORDER_MARK + csv_text([("code",), *((code,) for code in codes)])
    name = f"codes-{wanted.id}-{wanted.batch}.csv"
    return Response(body, media_type=MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _data(typed: Typed) -> dict[str, Any]:
    """Return what a form says as the data of a message; what is wrong with it stands in its faults."""
    kind = CodeKind(typed.choice("kind", list(KINDS)))
    minutes = typed.whole("minutes", required=True) if kind is CodeKind.BONUS_SECONDS else None
    budget_minutes = typed.whole("budget_minutes", most=2**40)
    return {
        "promotion_id": typed.text("promotion_id", required=True),
        "kind": str(kind),
        "share": typed.share("percent") if kind in (CodeKind.PERCENT_OFF, CodeKind.BONUS_PERCENT) else None,
        "amounts_minor": typed.amounts("amounts", required=True) if kind is CodeKind.AMOUNT_OFF else None,
        "seconds": None if minutes is None else 60 * minutes,
        "free_product_id": typed.text("free_product", required=True) if kind is CodeKind.FREE_PACKAGE else None,
        "periods": typed.whole("periods", most=1_200) or 1,
        "valid_days": typed.whole("valid_days", most=3_660),
        "needs_purchase": not typed.ticked("alone"),
        "starts_at": typed.moment("starts"),
        "ends_at": typed.moment("ends"),
        "product_ids": typed.names("products"),
        "currencies": typed.currencies("currencies"),
        "minimum_minor": typed.amounts("minimum"),
        "first_purchase_only": typed.ticked("first_purchase"),
        "buyers": str(typed.choice("buyers", list(BUYERS))),
        "returning_after_days": typed.whole("returning_after", least=0, most=3_660) or 0,
        "uses": typed.whole("uses"),
        "uses_each": typed.whole("uses_each", least=0) or 0,
        "uses_a_day": typed.whole("uses_a_day"),
        "budget_seconds": None if budget_minutes is None else 60 * budget_minutes,
        "budget_minor": typed.amounts("budget"),
        "code": typed.text("code", most=128),
        "account_id": typed.text("account_id"),
    }


def _check_together(typed: Typed, data: dict[str, Any], *, at: datetime) -> None:
    """Note what is wrong with fields that are right each for itself."""
    if data["promotion_id"] is not None and not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", data["promotion_id"]):
        typed.faults["promotion_id"] = "Small letters, digits, dots and hyphens are wanted."
    starts, ends = (None if data[each] is None else datetime.fromisoformat(data[each]) for each in _ENDS)
    if ends is not None and ends <= at:
        typed.faults["ends"] = "It is in the past."
    elif starts is not None and ends is not None and ends <= starts:
        typed.faults["ends"] = "It is not after “From”."
    if data["account_id"] is not None and data["code"] is None:
        typed.faults["account_id"] = "It needs a code."
    if not data["needs_purchase"] and data["kind"] not in (CodeKind.BONUS_SECONDS, CodeKind.FREE_PACKAGE):
        typed.faults["kind"] = "It gives nothing without a purchase, so a code is not enough."


def _faults_of(error: ValidationError, typed: Typed) -> str | None:
    """Note what is wrong with a message beside the fields it comes from; return what belongs to none of them."""
    whole = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        name = FIELDS.get(str(fault["loc"][0]), str(fault["loc"][0])) if fault["loc"] else ""
        said = f"{fault['msg'].removeprefix('Value error, ')}."
        if name:
            typed.faults.setdefault(name, said)
        else:
            whole.append(said)
    return " ".join(whole) or None


def _simulated(request: Request, wanted: PromotionData) -> Simulation:
    """Return what it would have cost, had it been there and known to everybody."""
    context = admin_of(request).context
    code = PromoCode(wanted.code or "PREVIEW", promotion_of(wanted))
    with reading(context.engine) as session:
        purchases = past_purchases(session, since=context.clock() - SIMULATED)
    return simulate(code, purchases)


def _form(
    request: Request,
    signed: Signed,
    typed: Typed,
    *,
    preview: Simulation | None = None,
    fault: str | None = None,
    status: int = 200,
) -> Response:
    return show(
        request,
        "promotion_new.html",
        signed,
        status=status,
        typed=typed,
        fault=fault,
        cost=None if preview is None else cost_of(preview),
        days=SIMULATED.days,
        shown=digest_of(typed),
        kinds=list(KINDS.items()),
        buyers=list(BUYERS.items()),
        form_id=new_form_id(),
    )
