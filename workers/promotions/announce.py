"""The facts of codes: what each of them says."""

from domain.ids import fact_id_of_answer
from domain.promotions.redemption import Redemption
from domain.refusal import Refusal
from messages.envelope import AboutAccount
from messages.promotions.facts import PromotionRedeemed, PromotionRefused
from store.engine import Session
from store.promotions.code import find_names
from workers.facts import Facts


def emit_redeemed(session: Session, use: Redemption, facts: Facts) -> None:
    """Emit that a use counts for good."""
    names = find_names(session, use.code, use.account)
    data = {
        "promotion_id": names.promotion_id,
        "code": names.text,
        "role": use.role,
        "order_id": use.order_id,
        "discount_minor": use.discount_minor,
        "currency": use.currency,
        "bonus_seconds": use.seconds,
    }
    facts.emit(PromotionRedeemed, names.account_id, data)


def emit_refused(facts: Facts, request: AboutAccount, refusal: Refusal) -> None:
    """Emit why a code that somebody named gives nothing."""
    data = {
        "request_source": request.source,
        "request_id": request.id,
        "code": refusal.code,
        "reason": refusal.reason,
    }
    facts.emit(PromotionRefused, request.subject, data, fact_id=fact_id_of_answer(request.source, request.id))
