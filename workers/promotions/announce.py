"""The facts of codes: what each of them says."""

from domain.ids import fact_id_of_answer
from domain.promotions.redeem import USED_BY_YOU
from domain.promotions.redemption import Redemption
from domain.refusal import Refusal
from messages.envelope import AboutAccount
from messages.promotions.facts import PromotionRedeemed, PromotionRefused
from messages.write import SOURCE
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


def emit_withheld(facts: Facts, account_id: str, order_id: str) -> None:
    """Emit why a paid order comes without the bonus of its code; the request that it names is the order."""
    data = {
        "request_source": SOURCE,
        "request_id": order_id,
        "code": USED_BY_YOU.code,
        "reason": USED_BY_YOU.reason,
    }
    facts.emit(PromotionRefused, account_id, data, fact_id=fact_id_of_answer(SOURCE, order_id))
