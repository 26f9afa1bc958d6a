"""Programmes: what a purchase or a birthday earns is given once, and goes with its reason."""

from datetime import timedelta

from messages.promotions.programmes import ProgrammeCreateRequested, ProgrammeSwitchRequested
from tests.workers.promotions.friends import Friends


class TestFirstPurchase:
    def test_is_rewarded_once(self, friends: Friends) -> None:
        programme = friends.programme("first_purchase", valid_days=30)
        ann = friends.join()

        friends.buy(ann)
        friends.buy(ann)

        [package] = friends.bonuses(ann)
        assert (package["granted_seconds"], package["priority"]) == (600, 10)
        assert package["expires_at"] - package["activated_at"] == timedelta(days=30)
        row = friends.programme_row(programme)
        assert (row["used"], row["used_seconds"]) == (1, 600)
        [fact] = ann.minutes.facts("bonus.granted")
        assert (fact["data"]["reason"], fact["data"]["origin_id"]) == ("programme", programme)

    def test_of_another_account_of_the_same_person_is_no_first_one(self, friends: Friends) -> None:
        friends.programme("first_purchase")
        ann, again = friends.join(), friends.join()
        friends.share_card(ann, again)

        friends.buy(ann)
        friends.buy(again)

        assert (friends.left(ann), friends.left(again)) == ([600], [])

    def test_that_is_given_back_takes_the_rest_with_it(self, friends: Friends) -> None:
        programme = friends.programme("first_purchase")
        ann = friends.join()
        order_id = friends.buy(ann)
        ann.use(200)

        friends.give_back(ann, order_id)

        [package] = friends.bonuses(ann)
        assert (package["consumed_seconds"], package["voided_seconds"], package["state"]) == (200, 400, "voided")
        row = friends.programme_row(programme)
        assert (row["used"], row["used_seconds"]) == (0, 200)

    def test_again_after_one_was_given_back_earns_it_only_if_nothing_was_used(self, friends: Friends) -> None:
        friends.programme("first_purchase")
        ann, bob = friends.join(), friends.join()
        for account, used in ((ann, 0), (bob, 1)):
            order_id = friends.buy(account)
            if used:
                account.use(used)
            friends.give_back(account, order_id)

        friends.buy(ann)
        friends.buy(bob)

        assert friends.left(ann) == [0, 600]
        assert friends.left(bob) == [0]

    def test_that_is_given_back_in_part_keeps_it(self, friends: Friends) -> None:
        friends.programme("first_purchase")
        ann = friends.join()

        friends.give_back(ann, friends.buy(ann), 100)

        assert friends.left(ann) == [600]


class TestOtherPurchases:
    def test_the_second_one_is_rewarded(self, friends: Friends) -> None:
        friends.programme("nth_purchase", purchases=2)
        ann = friends.join()

        friends.buy(ann)
        before = friends.left(ann)
        friends.buy(ann)
        friends.buy(ann)

        assert (before, friends.left(ann)) == ([], [600])

    def test_the_second_one_is_not_any_more_when_the_first_is_given_back(self, friends: Friends) -> None:
        friends.programme("nth_purchase", purchases=2)
        ann = friends.join()
        first = friends.buy(ann)
        friends.buy(ann)

        friends.give_back(ann, first)

        assert friends.left(ann) == [0]

    def test_a_return_is_rewarded_each_time(self, friends: Friends) -> None:
        friends.programme("return", after_days=60)
        ann = friends.join()
        friends.buy(ann)

        counts = []
        for days in (59, 60, 60):
            friends.pass_days(days)
            friends.buy(ann)
            counts.append(len(friends.bonuses(ann)))

        assert counts == [0, 1, 2]

    def test_of_another_product_earn_nothing(self, friends: Friends) -> None:
        friends.programme("first_purchase", product_ids=["month"])
        ann, bob = friends.join(), friends.join()

        friends.buy(ann)
        friends.buy(bob, "month")

        assert (friends.left(ann), friends.left(bob)) == ([], [600])


class TestLimits:
    def test_a_budget_is_never_exceeded(self, friends: Friends) -> None:
        programme = friends.programme("first_purchase", budget_seconds=1_300)
        buyers = [friends.join() for _ in range(3)]

        for buyer in buyers:
            friends.buy(buyer)

        assert [friends.left(buyer) for buyer in buyers] == [[600], [600], []]
        assert friends.programme_row(programme)["used_seconds"] == 1_200

    def test_what_is_switched_off_gives_nothing_until_it_is_on_again(self, friends: Friends) -> None:
        programme = friends.programme("first_purchase")
        ann, bob = friends.join(), friends.join()
        said = {"programme_id": programme, "reason": "a test", "changed_by": "maria"}

        friends.hand_in(ProgrammeSwitchRequested, {**said, "is_on": False})
        friends.buy(ann)
        friends.hand_in(ProgrammeSwitchRequested, {**said, "is_on": True})
        friends.buy(bob)

        assert (friends.left(ann), friends.left(bob)) == ([], [600])

    def test_nobody_makes_two_of_one_id(self, friends: Friends) -> None:
        programme = friends.programme("first_purchase")

        said = {"programme_id": programme, "trigger": "birthday", "seconds": 60, "created_by": "maria"}

        assert friends.hand_in(ProgrammeCreateRequested, said)["code"] == "ProgrammeExists"


class TestBirthday:
    def test_is_celebrated_once_a_year_with_those_who_have_bought(self, friends: Friends) -> None:
        now = friends.shop.clock()
        friends.programme("birthday", starts_at=now - timedelta(days=7))
        ann, bob, eve = friends.join(), friends.join(), friends.join()
        for account, age_days in ((ann, 2), (bob, 2), (eve, 20)):
            friends.open_at(account, now.replace(year=now.year - 3) - timedelta(days=age_days))
        friends.buy(ann)
        friends.buy(eve)

        friends.celebrate()
        again = friends.celebrate()

        assert (friends.left(ann), friends.left(bob), friends.left(eve)) == ([600], [], [])
        assert again == {}

    def test_comes_again_in_a_year(self, friends: Friends) -> None:
        friends.programme("birthday", valid_days=10)
        ann = friends.join()
        friends.buy(ann)

        for days in (365.5, 365.5):
            friends.pass_days(days)
            friends.celebrate()

        assert len(friends.bonuses(ann)) == 2
