"""README.md, "Burn order": who is eligible, in which order, and how much is taken."""

from datetime import datetime, timedelta, timezone
from random import Random

import pytest

from domain.minutes.burn import Burn, Burning, BurnPolicy, UnableToBurn, burn, in_burn_order
from domain.minutes.package import Package, PackageKind, PackageState
from tests.domain.minutes.builders import DAY, HOUR, INSTANT, NOON, package

GIFTS = (PackageKind.PROMO, PackageKind.BONUS, PackageKind.SUPPORT)
PAID = (PackageKind.PURCHASED, PackageKind.SUBSCRIPTION)
BOTH_POLICIES = pytest.mark.parametrize("policy", BurnPolicy)


def order(packages: list[Package], policy: BurnPolicy = BurnPolicy.OLDEST_FIRST) -> str:
    """The ids in the order in which the packages are burnt, at noon."""
    used_seconds = sum(each.left_seconds for each in packages)
    return " ".join(burnt.package_id for burnt in burn(used_seconds, packages, at=NOON, policy=policy).burns)


class TestBurn:
    def test_takes_the_promo_package_first(self) -> None:
        purchased = package("a", kind=PackageKind.PURCHASED)
        promo = package("b", kind=PackageKind.PROMO)

        burning = burn(100, [purchased, promo], at=NOON)

        assert burning == Burning((Burn("b", 100),), uncovered_seconds=0)

    def test_takes_exactly_what_is_there(self) -> None:
        burning = burn(600, [package("a", 600)], at=NOON)

        assert burning == Burning((Burn("a", 600),), uncovered_seconds=0)

    def test_is_one_second_short(self) -> None:
        burning = burn(601, [package("a", 600)], at=NOON)

        assert burning == Burning((Burn("a", 600),), uncovered_seconds=1)

    def test_leaves_one_second(self) -> None:
        burning = burn(599, [package("a", 600)], at=NOON)

        assert burning == Burning((Burn("a", 599),), uncovered_seconds=0)

    def test_takes_a_single_second(self) -> None:
        burning = burn(1, [package("a", 1)], at=NOON)

        assert burning == Burning((Burn("a", 1),), uncovered_seconds=0)

    def test_spreads_over_packages(self) -> None:
        packages = [package("a", 10), package("b", 20), package("c", 30)]

        burning = burn(45, packages, at=NOON)

        assert burning == Burning((Burn("a", 10), Burn("b", 20), Burn("c", 15)), uncovered_seconds=0)

    def test_does_not_touch_the_next_package_when_one_is_exactly_enough(self) -> None:
        burning = burn(10, [package("a", 10), package("b", 20)], at=NOON)

        assert burning.burns == (Burn("a", 10),)

    def test_covers_nothing_without_packages(self) -> None:
        burning = burn(100, [], at=NOON)

        assert burning == Burning((), uncovered_seconds=100)

    def test_takes_from_fifty_packages_at_once(self) -> None:
        packages = [package(f"{number:02}", 2, activated_at=NOON - number * HOUR) for number in range(1, 51)]

        burning = burn(99, packages, at=NOON)

        assert [burnt.package_id for burnt in burning.burns] == [f"{number:02}" for number in range(50, 0, -1)]
        assert [burnt.seconds for burnt in burning.burns] == [2] * 49 + [1]
        assert burning.uncovered_seconds == 0

    def test_gives_the_same_answer_twice(self) -> None:
        packages = [package("a", 10), package("b", 20)]

        first, second = (burn(15, packages, at=NOON) for _ in range(2))

        assert first == second
        assert packages == [package("a", 10), package("b", 20)]

    def test_takes_packages_that_can_be_gone_through_only_once(self) -> None:
        burning = burn(15, (package(name, 10) for name in "ba"), at=NOON)

        assert burning.burns == (Burn("a", 10), Burn("b", 5))

    @pytest.mark.parametrize("used_seconds", [0, -1])
    def test_refuses_to_burn_nothing(self, used_seconds: int) -> None:
        with pytest.raises(UnableToBurn, match=f"used_seconds is {used_seconds};.*at least 1"):
            burn(used_seconds, [package()], at=NOON)


class TestEligibility:
    def test_begins_at_the_instant_of_activation(self) -> None:
        burning = burn(1, [package("a", activated_at=NOON)], at=NOON)

        assert burning.uncovered_seconds == 0

    def test_does_not_begin_an_instant_before_activation(self) -> None:
        burning = burn(1, [package("a", activated_at=NOON + INSTANT)], at=NOON)

        assert burning == Burning((), uncovered_seconds=1)

    def test_lasts_until_an_instant_before_expiry(self) -> None:
        burning = burn(1, [package("a", expires_at=NOON + INSTANT)], at=NOON)

        assert burning.uncovered_seconds == 0

    def test_ends_at_the_instant_of_expiry(self) -> None:
        burning = burn(1, [package("a", expires_at=NOON)], at=NOON)

        assert burning == Burning((), uncovered_seconds=1)

    @pytest.mark.parametrize("state", [PackageState.FROZEN, PackageState.VOIDED])
    def test_is_not_given_to_what_is_frozen_or_voided(self, state: PackageState) -> None:
        burning = burn(1, [package("a", state=state)], at=NOON)

        assert burning == Burning((), uncovered_seconds=1)

    def test_is_not_given_to_what_is_empty(self) -> None:
        burning = burn(5, [package("a", 0), package("b", 5)], at=NOON)

        assert burning.burns == (Burn("b", 5),)

    def test_is_not_won_by_a_low_priority_number(self) -> None:
        ended = package("a", priority=0, expires_at=NOON)
        live = package("b", priority=1000)

        burning = burn(5, [ended, live], at=NOON)

        assert burning.burns == (Burn("b", 5),)

    def test_is_judged_at_the_moment_of_the_usage_and_not_later(self) -> None:
        ended_today = package("a", expires_at=NOON)
        bought_today = package("b", activated_at=NOON)

        burning = burn(700, [ended_today, bought_today], at=NOON - HOUR)

        assert burning == Burning((Burn("a", 600),), uncovered_seconds=100)

    def test_does_not_depend_on_the_time_zone_in_which_a_moment_is_written(self) -> None:
        packages = [package("a", expires_at=NOON), package("b", activated_at=NOON)]
        in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))

        assert burn(1, packages, at=in_tokyo) == burn(1, packages, at=NOON)


class TestBurnOrder:
    @BOTH_POLICIES
    @pytest.mark.parametrize("paid", PAID)
    @pytest.mark.parametrize("gift", GIFTS)
    def test_puts_gifts_before_what_was_paid_for(
        self, gift: PackageKind, paid: PackageKind, policy: BurnPolicy
    ) -> None:
        older_and_ending = package("a", kind=paid, activated_at=NOON - 9 * DAY, expires_at=NOON + HOUR)
        newer = package("b", kind=gift)

        assert order([older_and_ending, newer], policy) == "b a"

    @pytest.mark.parametrize("kinds", [GIFTS, PAID])
    def test_does_not_tell_gifts_apart_nor_what_was_paid_for(self, kinds: tuple[PackageKind, ...]) -> None:
        packages = [package(f"{number}", kind=kind) for number, kind in enumerate(kinds)]

        assert order(packages) == order(packages[::-1]) == " ".join(each.id for each in packages)

    @BOTH_POLICIES
    def test_follows_a_priority_that_was_given(self, policy: BurnPolicy) -> None:
        promo = package("a", kind=PackageKind.PROMO, priority=101)
        purchased = package("b", kind=PackageKind.PURCHASED)
        urgent = package("c", kind=PackageKind.PURCHASED, priority=0)

        assert order([promo, purchased, urgent], policy) == "c b a"

    def test_puts_the_older_before_the_one_that_ends_sooner(self) -> None:
        older = package("b", activated_at=NOON - 2 * DAY, expires_at=NOON + 9 * DAY)
        ending = package("a", activated_at=NOON - DAY, expires_at=NOON + DAY)

        assert order([ending, older], BurnPolicy.OLDEST_FIRST) == "b a"

    def test_puts_the_one_that_ends_sooner_before_the_older_when_asked_to(self) -> None:
        older = package("a", activated_at=NOON - 2 * DAY, expires_at=NOON + 9 * DAY)
        ending = package("b", activated_at=NOON - DAY, expires_at=NOON + DAY)

        assert order([older, ending], BurnPolicy.SOONEST_EXPIRY) == "b a"

    def test_is_oldest_first_unless_said_otherwise(self) -> None:
        older = package("b", activated_at=NOON - 2 * DAY)
        ending = package("a", activated_at=NOON - DAY, expires_at=NOON + DAY)

        burning = burn(1, [ending, older], at=NOON)

        assert burning.burns == (Burn("b", 1),)

    @BOTH_POLICIES
    def test_puts_the_one_that_ends_sooner_first_among_equally_old(self, policy: BurnPolicy) -> None:
        later, sooner = package("a", expires_at=NOON + 2 * DAY), package("b", expires_at=NOON + DAY)

        assert order([later, sooner], policy) == "b a"

    @BOTH_POLICIES
    def test_puts_what_never_ends_last_among_equally_old(self, policy: BurnPolicy) -> None:
        never = package("a", expires_at=None)
        late = package("b", expires_at=datetime(2999, 12, 31, tzinfo=NOON.tzinfo))

        assert order([never, late], policy) == "b a"

    def test_puts_the_older_first_among_those_that_end_together(self) -> None:
        newer = package("a", activated_at=NOON - DAY, expires_at=NOON + DAY)
        older = package("b", activated_at=NOON - 2 * DAY, expires_at=NOON + DAY)

        assert order([newer, older], BurnPolicy.SOONEST_EXPIRY) == "b a"

    def test_puts_the_older_first_among_those_that_never_end(self) -> None:
        newer = package("a", activated_at=NOON - DAY)
        older = package("b", activated_at=NOON - 2 * DAY)

        assert order([newer, older], BurnPolicy.SOONEST_EXPIRY) == "b a"

    @BOTH_POLICIES
    def test_falls_back_on_the_id(self, policy: BurnPolicy) -> None:
        packages = [package(name) for name in ("b", "10", "9", "a")]

        assert order(packages, policy) == "10 9 a b"

    @BOTH_POLICIES
    def test_does_not_depend_on_the_order_of_the_input(self, policy: BurnPolicy) -> None:
        random = Random(7)
        packages = [
            package(
                f"{number:02}",
                random.randint(1, 9),
                kind=random.choice(list(PackageKind)),
                activated_at=NOON - random.randint(0, 2) * DAY,
                expires_at=random.choice([None, NOON + DAY, NOON + 2 * DAY]),
            )
            for number in range(50)
        ]
        expected = burn(200, packages, at=NOON, policy=policy)

        for _ in range(20):
            random.shuffle(packages)
            assert burn(200, packages, at=NOON, policy=policy) == expected

    def test_lists_only_what_is_eligible(self) -> None:
        packages = [package("c"), package("b", expires_at=NOON), package("a")]

        listed = in_burn_order(packages, at=NOON)

        assert [each.id for each in listed] == ["a", "c"]
