"""Refunds as answers have them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.payments.refund import RefundStatus
from store.payments.read import RefundLine
from web.api.v1.fields import Amount, Answer, At, Seconds, amount


class RefundAnswer(Answer):
    """Money that is given back, and the minutes that go with it."""

    id: str
    status: Annotated[RefundStatus, Field(description="`succeeded` and `failed` are final")]
    amount: Amount
    void_seconds: Annotated[int, Field(description="Bought seconds that it takes", examples=[16320])]
    bonus_void_seconds: Seconds
    is_full: bool
    failure: Annotated[str | None, Field(description="The gateway's word, where it said no")]
    created_at: At
    succeeded_at: datetime | None


def refund_answer(refund: RefundLine) -> RefundAnswer:
    """Return a refund as answers have it; who asked for it and why stays with us."""
    same = RefundAnswer.model_fields.keys() - {"amount"}
    return RefundAnswer(amount=amount(refund.amount), **{name: getattr(refund, name) for name in same})
