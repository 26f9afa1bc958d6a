"""Attempts: a payment that has ended is one, with the class of its decline."""

from domain.gateway.decline import Decline, Retry
from domain.gateway.payment import PaymentStatus
from domain.payments.attempt import AttemptOutcome, PaymentAttempt, attempt_of
from tests.domain.payments.builders import NOON, payment


class TestAttemptOf:
    def test_is_paid_or_declined(self) -> None:
        declined = payment(PaymentStatus.FAILED, decline=Decline(Retry.NEW_METHOD, "expired_card"))

        assert attempt_of("o", payment(PaymentStatus.PAID), at=NOON) == PaymentAttempt("o", NOON, AttemptOutcome.PAID)
        assert attempt_of("o", declined, at=NOON) == PaymentAttempt(
            "o", NOON, AttemptOutcome.DECLINED, Retry.NEW_METHOD, "expired_card"
        )

    def test_that_failed_without_a_word_says_so(self) -> None:
        attempt = attempt_of("o", payment(PaymentStatus.FAILED), at=NOON)

        assert attempt is not None
        assert (attempt.retry, attempt.code) == (None, "failed")

    def test_is_none_while_it_goes_on_and_where_the_buyer_stayed_away(self) -> None:
        others = set(PaymentStatus) - {PaymentStatus.PAID, PaymentStatus.FAILED}

        assert {attempt_of("o", payment(status), at=NOON) for status in others} == {None}
