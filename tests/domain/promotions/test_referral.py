"""Referrals: who can be attributed, and when a reward is given and taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.promotions.referral import (
    Acquaintance,
    Change,
    FriendPurchase,
    Referral,
    ReferralStatus,
    ReferralTerms,
    after_purchase,
    after_window,
    referrer_reward_seconds,
    refuse_attribution,
)

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
TERMS = ReferralTerms(1, referrer_seconds=1_800, friend_seconds=600, monthly_limit=3, window_days=14)
DUE_AT = NOW + timedelta(days=14)


def referral(status: ReferralStatus = ReferralStatus.ATTRIBUTED) -> Referral:
    """Bob was invited by Ann, and has bought, if it is so far."""
    has_bought = status is not ReferralStatus.ATTRIBUTED
    named = {"order_id": "o1", "due_at": DUE_AT} if has_bought else {}
    return replace(Referral("r1", "ann", "bob", status, TERMS, NOW - timedelta(days=3)), **named)  # type: ignore[arg-type]


class TestAttributing:
    def test_takes_a_new_friend(self) -> None:
        assert refuse_attribution(TERMS, Acquaintance()) is None

    @pytest.mark.parametrize(
        ("terms", "known", "code"),
        [
            (None, Acquaintance(), "NotInviting"),
            (replace(TERMS, is_open=False), Acquaintance(), "NotInviting"),
            (TERMS, Acquaintance(is_same_person=True, is_circle=True), "OwnInvitation"),
            (TERMS, Acquaintance(is_attributed=True), "InvitedAlready"),
            (TERMS, Acquaintance(has_bought=True), "NotNew"),
            (TERMS, Acquaintance(is_circle=True), "Circle"),
        ],
    )
    def test_refuses_for_one_clear_reason(self, terms: ReferralTerms | None, known: Acquaintance, code: str) -> None:
        refusal = refuse_attribution(terms, known)

        assert refusal is not None
        assert refusal.code == code


class TestPurchase:
    def test_makes_it_pending_until_the_window_is_over(self) -> None:
        change = after_purchase(referral(), FriendPurchase("o1", NOW), is_same_person=False)

        assert change == Change(ReferralStatus.PENDING, due_at=DUE_AT)

    def test_by_the_same_card_refuses_it(self) -> None:
        change = after_purchase(referral(), FriendPurchase("o1", NOW), is_same_person=True)

        assert change == Change(ReferralStatus.REFUSED, "same_person")

    def test_that_is_not_the_first_refuses_it(self) -> None:
        change = after_purchase(referral(), FriendPurchase("o1", NOW, is_first=False), is_same_person=False)

        assert change == Change(ReferralStatus.REFUSED, "not_new")

    @pytest.mark.parametrize("status", [ReferralStatus.PENDING, ReferralStatus.QUALIFIED])
    def test_that_is_given_back_reverses_it(self, status: ReferralStatus) -> None:
        given_back = FriendPurchase("o1", NOW, is_given_back=True)

        change = after_purchase(referral(status), given_back, is_same_person=False)

        assert change == Change(ReferralStatus.REVERSED, "given_back")

    def test_other_than_its_own_changes_nothing(self) -> None:
        other = FriendPurchase("o2", NOW, is_first=False, is_given_back=True)

        assert after_purchase(referral(ReferralStatus.QUALIFIED), other, is_same_person=False) is None

    @pytest.mark.parametrize("status", [ReferralStatus.REFUSED, ReferralStatus.REVERSED])
    def test_does_not_revive_what_has_ended(self, status: ReferralStatus) -> None:
        assert after_purchase(referral(status), FriendPurchase("o1", NOW), is_same_person=False) is None


class TestWindow:
    def test_qualifies_at_its_end_and_not_before(self) -> None:
        pending, purchase = referral(ReferralStatus.PENDING), FriendPurchase("o1", NOW)
        early = DUE_AT - timedelta(seconds=1)

        assert after_window(pending, purchase, is_same_person=False, at=early) is None
        assert after_window(pending, purchase, is_same_person=False, at=DUE_AT) == Change(ReferralStatus.QUALIFIED)

    def test_waits_while_the_money_is_contested(self) -> None:
        contested = FriendPurchase("o1", NOW, is_contested=True)

        assert after_window(referral(ReferralStatus.PENDING), contested, is_same_person=False, at=DUE_AT) is None

    @given(st.sampled_from(ReferralStatus), st.booleans(), st.booleans(), st.booleans(), st.integers(-20, 20))
    def test_never_rewards_without_a_reason(
        self, status: ReferralStatus, is_given_back: bool, is_contested: bool, is_same_person: bool, days: int
    ) -> None:
        purchase = FriendPurchase("o1", NOW, is_given_back=is_given_back, is_contested=is_contested)
        at = DUE_AT + timedelta(days=days)

        change = after_window(referral(status), purchase, is_same_person=is_same_person, at=at)

        qualifies = change is not None and change.status is ReferralStatus.QUALIFIED
        speaks_against = is_given_back or is_contested or is_same_person or days < 0
        assert qualifies == (status is ReferralStatus.PENDING and not speaks_against)


class TestMonth:
    @pytest.mark.parametrize(("rewarded", "seconds"), [(0, 1_800), (2, 1_800), (3, 0)])
    def test_rewards_the_referrer_up_to_its_limit(self, rewarded: int, seconds: int) -> None:
        assert referrer_reward_seconds(TERMS, rewarded_this_month=rewarded) == seconds
