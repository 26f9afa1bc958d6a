"""The balance is the sum over the packages that are eligible at one moment."""

import pytest

from domain.minutes.balance import Balance, available_seconds, balance
from domain.minutes.burn import BurnPolicy, burn
from domain.minutes.package import PackageKind, PackageState
from tests.domain.minutes.builders import DAY, INSTANT, NOON, package


class TestBalance:
    def test_of_no_packages_is_zero(self) -> None:
        assert balance([], debt_seconds=0, at=NOON) == Balance(NOON, 0, 0, ())

    def test_is_the_sum_over_the_packages(self) -> None:
        actual = balance([package("a", 100), package("b", 23)], debt_seconds=0, at=NOON)

        assert actual.available_seconds == 123

    def test_shows_debt_beside_what_is_available_and_does_not_subtract_it(self) -> None:
        actual = balance([package("a", 100)], debt_seconds=70, at=NOON)

        assert (actual.available_seconds, actual.debt_seconds) == (100, 70)

    @pytest.mark.parametrize("state", [PackageState.FROZEN, PackageState.VOIDED])
    def test_leaves_out_what_cannot_be_burnt(self, state: PackageState) -> None:
        actual = balance([package("a", 100, state=state), package("b", 1)], debt_seconds=0, at=NOON)

        assert actual.available_seconds == 1
        assert [each.id for each in actual.packages] == ["b"]

    def test_counts_a_package_from_its_first_instant_to_its_last(self) -> None:
        packages = [package("a", 100, activated_at=NOON, expires_at=NOON + DAY)]
        moments = [NOON - INSTANT, NOON, NOON + DAY - INSTANT, NOON + DAY]

        actual = [balance(packages, debt_seconds=0, at=at).available_seconds for at in moments]

        assert actual == [0, 100, 100, 0]

    def test_needs_no_sweep_to_leave_out_what_has_ended(self) -> None:
        ended_and_not_swept = package("a", 100, expires_at=NOON)

        assert balance([ended_and_not_swept], debt_seconds=0, at=NOON).available_seconds == 0

    @pytest.mark.parametrize(
        ("policy", "ids"), [(BurnPolicy.OLDEST_FIRST, ["c", "a", "b"]), (BurnPolicy.SOONEST_EXPIRY, ["c", "b", "a"])]
    )
    def test_lists_the_packages_in_burn_order(self, policy: BurnPolicy, ids: list[str]) -> None:
        older = package("a", activated_at=NOON - 2 * DAY)
        ending = package("b", activated_at=NOON - DAY, expires_at=NOON + DAY)
        promo = package("c", kind=PackageKind.PROMO)

        actual = balance([ending, older, promo], debt_seconds=0, at=NOON, policy=policy)

        assert [each.id for each in actual.packages] == ids

    @pytest.mark.parametrize(
        ("seconds", "minutes"), [(0, 0), (1, 0), (59, 0), (60, 1), (119, 1), (120, 2), (36_000_000, 600_000)]
    )
    def test_floors_minutes(self, seconds: int, minutes: int) -> None:
        assert balance([package("a", seconds)], debt_seconds=0, at=NOON).available_minutes == minutes


class TestAvailableSeconds:
    def test_agrees_with_the_balance_and_with_what_can_be_burnt(self) -> None:
        packages = [
            package("a", 1),
            package("b", 2, expires_at=NOON),
            package("c", 4, activated_at=NOON + INSTANT),
            package("d", 8, state=PackageState.FROZEN),
            package("e", 16, expires_at=NOON + INSTANT),
            package("f", 0),
        ]

        available = available_seconds(packages, at=NOON)

        assert available == 17
        assert available == balance(packages, debt_seconds=0, at=NOON).available_seconds
        assert available == 1_000 - burn(1_000, packages, at=NOON).uncovered_seconds

    def test_adds_up_fifty_packages(self) -> None:
        assert available_seconds([package(f"{number}", number) for number in range(50)], at=NOON) == 1_225
