"""The page of one promotion, and what a code costs in the words of a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from domain.money import Money
from domain.promotions.simulate import Simulation, simulate
from store.engine import Session
from store.promotions.read import PromotionPage, UnknownPromotion, promotion_page
from store.promotions.read_guard import UnknownCode, past_purchases, promo_code
from store.reading import reading
from web.admin.acting import new_form_id
from web.admin.operator import Signed, admin_of
from web.admin.promotion_words import refused_as
from web.admin.show import show
from web.admin.typed import Typed
from web.admin.words import tone
from workers.context import Context

SIMULATED = timedelta(days=30)
"""What was bought within so long is what a code is tried on."""


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What a code would have cost, and what it can cost in all by its limits; None: no limit bounds a currency.

    `others` are the purchases that would not have used it, by what they were.
    """

    simulated: Simulation
    less: tuple[Money, ...]
    worst: tuple[tuple[str, Money | None], ...]
    others: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says besides: what was done, or why nothing was, a form as it was typed, and what a code costs."""

    done: str | None = None
    fault: str | None = None
    typed: Typed | None = None
    is_simulated: bool = False


def cost_of(found: Simulation) -> Cost:
    """Return a simulation with its amounts as money."""
    less = tuple(_moneys(found.discounts_minor))
    spent = {money.currency for money in less}
    minors = {currency: found.worst_minor.get(currency) for currency in sorted(spent | found.worst_minor.keys())}
    worst = tuple(
        (currency, None if minor is None else Money(minor, currency))
        for currency, minor in minors.items()
        if minor is None or minor
    )
    others = tuple((refused_as(code), count) for code, count in sorted(found.refused.items()))
    return Cost(found, less, worst, others)


def show_promotion(request: Request, signed: Signed, promotion_id: str, besides: Said) -> Response:
    """Return the page of a promotion; with a fault or a form, it says why nothing was done."""
    context = admin_of(request).context
    with reading(context.engine) as session:
        try:
            page = promotion_page(session, promotion_id)
        except UnknownPromotion:
            return show(request, "not_found.html", signed, status=404)
        simulated = _simulated(session, page, context) if besides.is_simulated else None
    return show(
        request,
        "promotion.html",
        signed,
        status=200 if besides.fault is None and besides.typed is None else 409,
        page=page,
        cost=None if simulated is None else cost_of(simulated),
        percent=f"{page.promotion.share / 100:g}",
        off=_moneys(page.promotion.amounts_minor),
        taken=_moneys(page.used_minor),
        days=SIMULATED.days,
        typed=besides.typed or Typed(),
        done=besides.done,
        fault=besides.fault,
        form_id=new_form_id(),
        tone_of=tone,
    )


def _moneys(minors: Mapping[str, int]) -> list[Money]:
    return [Money(minor, currency) for currency, minor in sorted(minors.items()) if minor]


def _simulated(session: Session, page: PromotionPage, context: Context) -> Simulation | None:
    """Return what its first code would have cost lately; None: it has none yet."""
    if not page.codes:
        return None
    now = context.clock()
    try:
        code = promo_code(session, page.codes[0], at=now)
    except UnknownCode:
        return None
    return simulate(code, past_purchases(session, since=now - SIMULATED))
