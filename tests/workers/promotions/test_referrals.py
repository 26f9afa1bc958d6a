"""Referrals: a friend is attributed once, rewards both sides when the purchase stands, and they go with it."""

from messages.promotions.referrals import ReferralAttributionRequested, ReferralCodeRequested
from tests.workers.events import registered
from tests.workers.payments.harness import PaymentHarness
from tests.workers.promotions.friends import Friends


def joined(friends: Friends) -> tuple[PaymentHarness, PaymentHarness]:
    """Ann has invited Bob."""
    ann, bob = friends.join(), friends.join()
    assert "code" not in friends.invite(ann, bob)
    return ann, bob


def qualified(friends: Friends) -> tuple[PaymentHarness, PaymentHarness, str]:
    """Ann has invited Bob, and both were rewarded for his order."""
    ann, bob = joined(friends)
    order_id = friends.buy(bob)
    friends.pass_days(14)
    friends.qualify()
    assert friends.referral(bob)["status"] == "qualified"
    return ann, bob, order_id


class TestCode:
    def test_stays_the_same_and_has_a_link(self, friends: Friends) -> None:
        ann = friends.join()

        answers = [friends.hand_in(ReferralCodeRequested, {}, ann.account) for _ in range(2)]

        assert answers[0] == answers[1]
        assert answers[0]["link"].endswith(answers[0]["code"])


class TestAttribution:
    def test_is_once_and_for_ever(self, friends: Friends) -> None:
        ann, bob = joined(friends)
        eve = friends.join()

        assert friends.invite(eve, bob)["code"] == "InvitedAlready"
        assert friends.invite(ann, bob)["code"] == "InvitedAlready"
        assert friends.referral(bob)["status"] == "attributed"

    def test_says_nothing_of_codes_that_do_not_exist(self, friends: Friends) -> None:
        for code in ("7KQM-2XNV-9BTD", "!!", "x" * 60):
            answer = friends.hand_in(ReferralAttributionRequested, {"code": code}, friends.join().account)
            assert answer["code"] == "UnknownCode"

    def test_never_of_oneself(self, friends: Friends) -> None:
        ann, second = friends.join(), friends.join()
        friends.share_card(ann, second)

        assert friends.invite(ann, ann)["code"] == "OwnInvitation"
        assert friends.invite(ann, second)["code"] == "OwnInvitation"

    def test_never_of_one_mailbox(self, friends: Friends) -> None:
        ann, second = friends.join(), friends.join()
        ann.minutes.apply(registered(ann.account, email=f"{ann.account}@example.org"))
        second.minutes.apply(registered(second.account, email=f"{ann.account}+two@example.org"))

        assert friends.invite(ann, second)["code"] == "OwnInvitation"

    def test_never_in_a_circle(self, friends: Friends) -> None:
        ann, bob = joined(friends)
        eve, other_ann = friends.join(), friends.join()
        friends.share_card(ann, other_ann)
        friends.invite(bob, eve)

        assert friends.invite(eve, ann)["code"] == "Circle"
        assert friends.invite(eve, other_ann)["code"] == "Circle"

    def test_never_in_a_circle_that_closes_over_another_account_of_somebody_between(self, friends: Friends) -> None:
        ann, bob, eve, other_bob = (friends.join() for _ in range(4))
        friends.share_card(bob, other_bob)
        friends.invite(bob, ann)
        friends.invite(eve, other_bob)

        assert friends.invite(ann, eve)["code"] == "Circle"

    def test_is_for_those_who_have_not_bought(self, friends: Friends) -> None:
        ann, bob = friends.join(), friends.join()
        friends.buy(bob)

        assert friends.invite(ann, bob)["code"] == "NotNew"

    def test_is_refused_while_nobody_can_be_invited(self, friends: Friends) -> None:
        friends.promise(is_open=False)

        assert friends.invite(friends.join(), friends.join())["code"] == "NotInviting"

    def test_by_registration_needs_no_code(self, friends: Friends) -> None:
        ann, bob = friends.join(), friends.join()

        bob.minutes.apply(registered(bob.account, referrer=ann.account))
        bob.minutes.apply(registered(bob.account, referrer=friends.join().account))
        friends.settle()

        assert friends.referral(bob)["status"] == "attributed"
        assert friends.referral(bob)["referrer"] == friends.select(
            "SELECT number FROM account WHERE id = :id", id=ann.account
        )[0]["number"]  # fmt: skip


class TestQualifying:
    def test_waits_until_the_refund_window_is_over(self, friends: Friends) -> None:
        ann, bob = joined(friends)
        friends.buy(bob)
        friends.pass_days(13.9)
        friends.qualify()
        assert friends.referral(bob)["status"] == "pending"
        assert (friends.left(ann), friends.left(bob)) == ([], [])

        friends.pass_days(0.2)
        friends.qualify()

        assert (friends.left(ann), friends.left(bob)) == ([1_800], [600])
        [fact] = ann.minutes.facts("referral.qualified")
        assert (fact["data"]["friend"], fact["data"]["referrer_seconds"]) == (bob.account, 1_800)
        assert friends.notices(ann) == ["friend_joined", "bonus_granted"]
        assert [fact["data"]["reason"] for fact in bob.minutes.facts("bonus.granted")] == ["invited"]

    def test_counts_the_first_purchase_alone(self, friends: Friends) -> None:
        _, bob = joined(friends)
        first = friends.buy(bob)

        second = friends.buy(bob)
        friends.give_back(bob, second)

        assert (friends.referral(bob)["status"], friends.referral(bob)["order_id"]) == ("pending", first)

    def test_keeps_the_promise_of_the_day_of_coming(self, friends: Friends) -> None:
        ann, bob = joined(friends)
        friends.promise(referrer_seconds=60, friend_seconds=60)

        friends.buy(bob)
        friends.pass_days(15)
        friends.qualify()

        assert (friends.left(ann), friends.left(bob)) == ([1_800], [600])

    def test_by_the_card_of_the_referrer_is_refused(self, friends: Friends) -> None:
        ann, bob = joined(friends)
        friends.share_card(ann, bob)

        friends.buy(bob)

        row = friends.referral(bob)
        assert (row["status"], row["why"]) == ("refused", "same_person")

    def test_is_refused_when_the_card_turns_out_later_to_be_the_same(self, friends: Friends) -> None:
        ann, bob = joined(friends)
        friends.buy(bob)
        friends.share_card(ann, bob)
        friends.pass_days(15)

        friends.qualify()

        assert friends.referral(bob)["status"] == "refused"
        assert (friends.left(ann), friends.left(bob)) == ([], [])

    def test_waits_for_the_end_of_a_dispute(self, friends: Friends) -> None:
        ann, bob = joined(friends)
        order_id = friends.buy(bob)
        bob.report_dispute(order_id, "open", ref=f"letter-{order_id}")
        friends.pass_days(15)

        friends.qualify()
        waiting = friends.referral(bob)["status"]
        bob.report_dispute(order_id, "won", ref=f"letter-{order_id}")
        friends.settle()
        friends.qualify()

        assert (waiting, friends.referral(bob)["status"]) == ("pending", "qualified")
        assert friends.left(ann) == [1_800]

    def test_rewards_a_referrer_so_often_in_a_month_and_the_friends_always(self, friends: Friends) -> None:
        ann, invited = friends.join(), [friends.join() for _ in range(3)]
        for friend in invited:
            friends.invite(ann, friend)
            friends.buy(friend)
        friends.pass_days(15)

        friends.qualify()

        assert sum(friends.left(ann)) == 2 * 1_800
        assert [friends.left(friend) for friend in invited] == [[600]] * 3


class TestReversing:
    def test_before_the_window_is_over_gives_nothing(self, friends: Friends) -> None:
        ann, bob = joined(friends)
        friends.give_back(bob, friends.buy(bob))
        friends.pass_days(15)

        friends.qualify()

        assert friends.referral(bob)["status"] == "reversed"
        assert (friends.left(ann), friends.left(bob)) == ([], [])
        [fact] = ann.minutes.facts("referral.reversed")
        assert fact["data"]["was_qualified"] is False

    def test_takes_back_what_is_left_of_both(self, friends: Friends) -> None:
        ann, bob, order_id = qualified(friends)
        ann.use(300)

        friends.give_back(bob, order_id)

        assert (friends.left(ann), friends.left(bob)) == ([0], [0])
        row = friends.referral(bob)
        assert (row["status"], row["referrer_voided_seconds"], row["friend_voided_seconds"]) == ("reversed", 1_500, 600)

    def test_follows_a_lost_dispute(self, friends: Friends) -> None:
        ann, bob, order_id = qualified(friends)

        for state in ("open", "lost"):
            bob.report_dispute(order_id, state, ref=f"letter-{order_id}")
        friends.settle()

        assert friends.referral(bob)["status"] == "reversed"
        assert friends.left(ann) == [0]

    def test_is_done_once(self, friends: Friends) -> None:
        ann, bob, order_id = qualified(friends)
        friends.give_back(bob, order_id)

        for _ in range(2):
            friends.buy(bob)
            friends.pass_days(15)
            friends.qualify()

        assert len(ann.minutes.facts("referral.reversed")) == 1
        assert len(friends.bonuses(ann)) == 1
