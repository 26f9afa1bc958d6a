"""README.md, "States": updates move an order up or not at all, and out of paid nothing leads."""

from itertools import product

import pytest

from domain.gateway.payment import PaymentStatus
from domain.payments.order import advances
from tests.domain.payments.builders import order

PENDING, ACTION_REQUIRED, APPROVED = PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED, PaymentStatus.APPROVED
PAID, FAILED, EXPIRED = PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.EXPIRED

# Written out, not computed: each state with all that it may become.
FORWARD = {
    PENDING: {ACTION_REQUIRED, APPROVED, FAILED, EXPIRED, PAID},
    ACTION_REQUIRED: {APPROVED, FAILED, EXPIRED, PAID},
    APPROVED: {FAILED, EXPIRED, PAID},
    FAILED: {PAID},
    EXPIRED: {PAID},
    PAID: set(),
}
PAIRS = list(product(PaymentStatus, PaymentStatus))


class TestAdvances:
    @pytest.mark.parametrize(("present", "reported"), PAIRS, ids=[f"{one} to {other}" for one, other in PAIRS])
    def test_goes_forward_only(self, present: PaymentStatus, reported: PaymentStatus) -> None:
        assert advances(present, reported) == (reported in FORWARD[present])

    def test_ends_in_the_same_state_in_whatever_order_the_updates_come(self) -> None:
        for reported in product(PaymentStatus, repeat=4):
            state = PENDING
            for each in reported:
                state = each if advances(state, each) else state

            assert (state is PAID) == (PAID in reported)


class TestIsOpen:
    @pytest.mark.parametrize("state", PaymentStatus)
    def test_while_money_may_come_in_the_ordinary_way(self, state: PaymentStatus) -> None:
        assert order(state).is_open == (state in {PENDING, ACTION_REQUIRED, APPROVED})
