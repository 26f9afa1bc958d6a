"""README.md, "States": news move an order up or not at all, and out of paid nothing leads."""

from itertools import product

import pytest

from domain.payments.gateway import PayState
from domain.payments.order import advances
from tests.domain.payments.builders import order

PENDING, ACTION_REQUIRED, APPROVED = PayState.PENDING, PayState.ACTION_REQUIRED, PayState.APPROVED
PAID, FAILED, EXPIRED = PayState.PAID, PayState.FAILED, PayState.EXPIRED

# Written out, not computed: each state with all that it may become.
FORWARD = {
    PENDING: {ACTION_REQUIRED, APPROVED, FAILED, EXPIRED, PAID},
    ACTION_REQUIRED: {APPROVED, FAILED, EXPIRED, PAID},
    APPROVED: {FAILED, EXPIRED, PAID},
    FAILED: {PAID},
    EXPIRED: {PAID},
    PAID: set(),
}
PAIRS = list(product(PayState, PayState))


class TestAdvances:
    @pytest.mark.parametrize(("present", "news"), PAIRS, ids=[f"{one} to {other}" for one, other in PAIRS])
    def test_goes_forward_only(self, present: PayState, news: PayState) -> None:
        assert advances(present, news) == (news in FORWARD[present])

    def test_ends_in_the_same_state_in_whatever_order_the_news_come(self) -> None:
        for news in product(PayState, repeat=4):
            state = PENDING
            for each in news:
                state = each if advances(state, each) else state

            assert (state is PAID) == (PAID in news)


class TestIsOpen:
    @pytest.mark.parametrize("state", PayState)
    def test_while_money_may_come_in_the_ordinary_way(self, state: PayState) -> None:
        assert order(state).is_open == (state in {PENDING, ACTION_REQUIRED, APPROVED})
