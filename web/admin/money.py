"""What needs review, refunds under way, open disputes, and the sums of days, ours beside the gateways'."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from messages.payments.reviews import ReviewResolutionRequested
from store.payments.read_admin import day_sums, find_resolutions, open_disputes, open_refunds, review_items
from store.reading import reading
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.saved import saved_of
from web.admin.show import show
from web.admin.words import said, tone
from workers.submit import Submission

router = AdminRouter()


@dataclass(frozen=True)
class ResolveForm:
    """What was decided about an item; `expected` is the sentence that its page showed."""

    item: Annotated[str, Form(max_length=600)]
    expected: Annotated[str, Form(max_length=2_000)]
    form_id: FormId
    outcome: Annotated[Literal["", "succeeded", "failed"], Form()] = ""
    reason: Why = ""


@router.page("/review", Permission.ORDERS_READ)
def review(
    request: Request,
    signed: SignedIn,
    gateway: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show what needs a person, what has a deadline first; of all gateways, or of one."""
    context = admin_of(request).context
    with reading(context.engine) as session:
        values: dict[str, Any] = {
            "disputes": open_disputes(session),
            "items": review_items(session, now=context.clock()),
            "refunds": open_refunds(session),
            "sums": day_sums(session),
        }
    if gateway:
        values = {name: [line for line in lines if line.gateway == gateway] for name, lines in values.items()}
    return show(
        request,
        "review.html",
        signed,
        saved=saved_of(request, signed),
        gateway=gateway,
        gateways=[("", "any"), *((name, name) for name in context.gateways)],
        done=said(done),
        tone_of=tone,
        **values,
    )


@router.page("/review/item", Permission.ORDERS_READ)
def item(request: Request, signed: SignedIn, id: Annotated[str, Query(max_length=600)]) -> Response:  # noqa: A002
    """Show one item, what was decided about it before, and the form that resolves it."""
    return _item_page(request, signed, id)


@router.action("/review/item", Permission.REVIEWS_RESOLVE)
def resolve(request: Request, signed: SignedIn, wanted: Annotated[ResolveForm, Depends()]) -> Response:
    """Resolve an item with a reason; refused when it does not read any more as the page showed it."""
    context, reason = admin_of(request).context, wanted.reason.strip()
    with reading(context.engine) as session:
        found = next((one for one in review_items(session, now=context.clock()) if one.id == wanted.item), None)
    if found is not None and found.sentence != wanted.expected:
        return _item_page(request, signed, wanted.item, fault="It has changed since this page was loaded; look again.")
    kind, _, rest = wanted.item.partition(":")
    gateway, _, ref = rest.partition(":")
    data = {
        "kind": kind,
        "gateway": gateway,
        "ref": ref,
        "reason": reason or None,
        "resolved_by": signed.operator.name,
        "outcome": wanted.outcome or None,
    }
    detail = {"sentence": wanted.expected, "outcome": wanted.outcome}
    act = signed.act("review.resolve", f"review:{wanted.item}", reason=reason, detail=detail)
    done = perform(context, act, Submission(ReviewResolutionRequested, None, data, "", wanted.form_id))
    if done.fault is not None:
        return _item_page(request, signed, wanted.item, fault=done.fault)
    return RedirectResponse("/review?done=resolved", status_code=303)


def _item_page(request: Request, signed: Signed, item_id: str, *, fault: str | None = None) -> Response:
    context = admin_of(request).context
    with reading(context.engine) as session:
        found = next((one for one in review_items(session, now=context.clock()) if one.id == item_id), None)
        resolutions = find_resolutions(session, item_id)
    if found is None and not resolutions:
        return show(request, "not_found.html", signed, status=404)
    status = 200 if fault is None else 409
    return show(
        request,
        "review_item.html",
        signed,
        status=status,
        item_id=item_id,
        item=found,
        resolutions=resolutions,
        fault=fault,
        form_id=new_form_id(),
    )
