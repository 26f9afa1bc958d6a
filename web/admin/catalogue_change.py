"""Changing the catalogue: a product is made, priced, worded, put on sale and taken off; what was bought stays."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from domain.catalogue.product import ProductKind
from i18n.language import LANGUAGES
from messages.catalogue.requests import (
    ProductCreateRequested,
    ProductPriceSetRequested,
    ProductSwitchRequested,
    ProductWordingSetRequested,
)
from messages.fields import MAX_GRANT_SECONDS
from store.catalogue.read import find_product
from store.reading import reading
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.catalogue import Besides, product_page
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.typed import AsTyped, Typed
from web.look.pages import LANGUAGE_NAMES
from workers.submit import Submission

router = AdminRouter()

KINDS = MappingProxyType({ProductKind.ONE_OFF: "bought once", ProductKind.SUBSCRIPTION: "paid for each period"})

PERIODS = ("", "day", "week", "month", "year")


@dataclass(frozen=True)
class SwitchForm:
    """Which product, and whether its page showed it as on sale; that becomes the other."""

    id: Annotated[str, Form(max_length=64)]
    form_id: FormId
    is_active: Annotated[bool, Form()]
    reason: Why = ""


@router.page("/product/new", Permission.CATALOGUE_CHANGE)
def ask(request: Request, signed: SignedIn) -> Response:
    """Ask what is to be sold."""
    return _form(request, signed, Typed())


@router.action("/product/new", Permission.CATALOGUE_CHANGE)
def create(request: Request, signed: SignedIn, typed: AsTyped, form_id: FormId) -> Response:
    """Make a product; its page shows what buyers will see before it is put on sale."""
    data = _data(typed) | {"created_by": signed.operator.name}
    if typed.faults:
        return _form(request, signed, typed, status=409)
    product_id = data["product_id"]
    act = signed.act("product.create", f"product:{product_id}", reason=typed["reason"].strip())
    done = perform(admin_of(request).context, act, Submission(ProductCreateRequested, None, data, "", form_id))
    if done.fault is not None:
        return _form(request, signed, typed, fault=done.fault, status=409)
    return _back(product_id, "made")


@router.action("/product/price", Permission.CATALOGUE_CHANGE)
def price(request: Request, signed: SignedIn, typed: AsTyped, form_id: FormId) -> Response:
    """Change a price, or sell in another currency; refused when somebody has changed that price meanwhile."""
    product_id, is_withdrawn = typed["id"], typed["do"] == "withdraw"
    currency, minor = typed["currency"], None
    if not is_withdrawn:
        prices = typed.amounts("price", required=True) or {}
        if not typed.faults and len(prices) != 1:
            typed.faults["price"] = "One amount is wanted, such as 299.00 RUB."
        currency, minor = next(iter(prices.items()), ("", None))
    if typed.faults:
        return product_page(request, signed, product_id, Besides(typed=typed))
    expected = dict(each.split(" ", 1) for each in typed["expected"].split(",") if " " in each)
    data = {
        "product_id": product_id,
        "currency": currency,
        "amount_minor": minor,
        "expected_minor": int(expected[currency]) if expected.get(currency, "").isdecimal() else None,
        "reason": typed["reason"].strip() or None,
        "changed_by": signed.operator.name,
    }
    detail = {"currency": currency, "before_minor": data["expected_minor"], "amount_minor": minor}
    act = signed.act("product.price", f"product:{product_id}", reason=typed["reason"].strip(), detail=detail)
    done = perform(admin_of(request).context, act, Submission(ProductPriceSetRequested, None, data, "", form_id))
    if done.fault is not None:
        return product_page(request, signed, product_id, Besides(typed=typed, fault=done.fault))
    return _back(product_id, "priced")


@router.action("/product/wording", Permission.CATALOGUE_CHANGE)
def wording(request: Request, signed: SignedIn, typed: AsTyped, form_id: FormId) -> Response:
    """Say what a product is called in one language."""
    product_id, locale = typed["id"], typed.choice("locale", LANGUAGES)
    words = {
        "name": typed.text("name", most=500, required=True),
        "description": typed.text("description", most=500) or "",
    }
    if typed.faults:
        return product_page(request, signed, product_id, Besides(typed=typed))
    data = {"product_id": product_id, "locale": locale, "wording": words, "changed_by": signed.operator.name}
    act = signed.act(
        "product.wording",
        f"product:{product_id}",
        reason=typed["reason"].strip(),
        detail={"language": locale, "name": words["name"]},
    )
    done = perform(admin_of(request).context, act, Submission(ProductWordingSetRequested, None, data, "", form_id))
    if done.fault is not None:
        return product_page(request, signed, product_id, Besides(typed=typed, fault=done.fault))
    return _back(product_id, "worded")


@router.action("/product/switch", Permission.CATALOGUE_CHANGE)
def switch(request: Request, signed: SignedIn, wanted: Annotated[SwitchForm, Depends()]) -> Response:
    """Put a product on sale, or take it off; refused when somebody else has done so meanwhile."""
    context, reason = admin_of(request).context, wanted.reason.strip()
    with reading(context.engine) as session:
        found = find_product(session, wanted.id)
    if found is None:
        return show(request, "not_found.html", signed, status=404)
    if found.is_active != wanted.is_active:
        return product_page(request, signed, wanted.id, Besides(fault="Somebody has done that meanwhile; look again."))
    data = {
        "product_id": wanted.id,
        "is_active": not wanted.is_active,
        "reason": reason or None,
        "changed_by": signed.operator.name,
    }
    act = signed.act("product.withdraw" if wanted.is_active else "product.offer", f"product:{wanted.id}", reason=reason)
    done = perform(context, act, Submission(ProductSwitchRequested, None, data, "", wanted.form_id))
    if done.fault is not None:
        return product_page(request, signed, wanted.id, Besides(fault=done.fault))
    return _back(wanted.id, "withdrawn" if wanted.is_active else "offered")


def _data(typed: Typed) -> dict[str, Any]:
    """Return what a form says as the data of a message; what is wrong with it stands in its faults."""
    kind = ProductKind(typed.choice("kind", list(KINDS)))
    is_subscription = kind is ProductKind.SUBSCRIPTION
    period = typed.choice("period", PERIODS)
    if is_subscription and not period:
        typed.faults["period"] = "Say how often it is paid."
    trial_days = typed.whole("trial_days", most=365) if is_subscription else None
    trial_minutes = typed.whole("trial_minutes", most=MAX_GRANT_SECONDS // 60, required=True) if trial_days else None
    wordings = {}
    for language in LANGUAGES:
        name, description = typed.text(f"name_{language}", most=500), typed.text(f"description_{language}", most=500)
        if name is not None:
            wordings[language] = {"name": name, "description": description or ""}
        elif description is not None:
            typed.faults[f"name_{language}"] = "A description needs a name."
    if not wordings:
        typed.faults.setdefault("name_en", "It needs a name in one language at least.")
    return {
        "product_id": typed.text("product_id", required=True),
        "kind": str(kind),
        "minutes": typed.whole("minutes", most=MAX_GRANT_SECONDS // 60, required=True),
        "valid_days": typed.whole("valid_days", most=36_500),
        "period": period if is_subscription else None,
        "trial_days": trial_days,
        "trial_seconds": None if trial_minutes is None else 60 * trial_minutes,
        "prices_minor": typed.amounts("prices", required=True),
        "wordings": wordings,
    }


def _back(product_id: str, done: str) -> Response:
    return RedirectResponse(f"/product?{urlencode({'id': product_id, 'done': done})}", status_code=303)


def _form(request: Request, signed: Signed, typed: Typed, *, fault: str | None = None, status: int = 200) -> Response:
    return show(
        request,
        "product_new.html",
        signed,
        status=status,
        typed=typed,
        fault=fault,
        kinds=list(KINDS.items()),
        periods=[(period, period or "none") for period in PERIODS],
        tongues=[(language, LANGUAGE_NAMES[language]) for language in LANGUAGES],
        form_id=new_form_id(),
    )
