"""A new bonus programme: minutes that a purchase or a birthday earns by a rule."""

from types import MappingProxyType
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from domain.promotions.programme import Trigger
from messages.fields import MAX_GRANT_SECONDS
from messages.promotions.programmes import ProgrammeCreateRequested
from web.admin.acting import FormId, new_form_id, perform
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.typed import AsTyped, Typed
from workers.submit import Submission

router = AdminRouter()

TRIGGERS = MappingProxyType(
    {
        Trigger.FIRST_PURCHASE: "a first purchase",
        Trigger.NTH_PURCHASE: "the purchase with a number",
        Trigger.RETURN: "a purchase after a long time without one",
        Trigger.BIRTHDAY: "a birthday",
    }
)


@router.page("/programme/new", Permission.PROMOTIONS_CHANGE)
def ask(request: Request, signed: SignedIn) -> Response:
    """Ask what a programme gives, for what, and how much at the most."""
    return _form(request, signed, Typed())


@router.action("/programme/new", Permission.PROMOTIONS_CHANGE)
def create(request: Request, signed: SignedIn, typed: AsTyped, form_id: FormId) -> Response:
    """Make a programme; it gives from now on, or from its start."""
    data = _data(typed) | {"created_by": signed.operator.name}
    if typed.faults:
        return _form(request, signed, typed, status=409)
    act = signed.act(
        "programme.create",
        f"programme:{data['programme_id']}",
        reason=typed["reason"].strip(),
        detail={"trigger": data["trigger"], "seconds": data["seconds"]},
    )
    done = perform(admin_of(request).context, act, Submission(ProgrammeCreateRequested, None, data, "", form_id))
    if done.fault is not None:
        return _form(request, signed, typed, fault=done.fault, status=409)
    return RedirectResponse("/programmes?done=made", status_code=303)


def _data(typed: Typed) -> dict[str, Any]:
    """Return what a form says as the data of a message; what is wrong with it stands in its faults."""
    trigger = Trigger(typed.choice("trigger", list(TRIGGERS)))
    minutes = typed.whole("minutes", most=MAX_GRANT_SECONDS // 60, required=True)
    budget_minutes = typed.whole("budget_minutes", most=10**10)
    is_nth = trigger is Trigger.NTH_PURCHASE
    return {
        "programme_id": typed.text("programme_id", required=True),
        "trigger": str(trigger),
        "seconds": None if minutes is None else 60 * minutes,
        "valid_days": typed.whole("valid_days", most=3_650),
        "purchases": typed.whole("purchases", least=1 if is_nth else 0, most=10_000, required=is_nth),
        "after_days": typed.whole("after_days", most=3_650, required=True) if trigger is Trigger.RETURN else None,
        "product_ids": typed.names("products") or None,
        "starts_at": typed.moment("starts"),
        "ends_at": typed.moment("ends"),
        "uses_limit": typed.whole("uses", most=10**9),
        "budget_seconds": None if budget_minutes is None else 60 * budget_minutes,
    }


def _form(request: Request, signed: Signed, typed: Typed, *, fault: str | None = None, status: int = 200) -> Response:
    return show(
        request,
        "programme_new.html",
        signed,
        status=status,
        typed=typed,
        fault=fault,
        triggers=list(TRIGGERS.items()),
        form_id=new_form_id(),
    )
