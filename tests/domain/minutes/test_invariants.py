"""README.md, "Invariants": they hold after every step of whatever may happen to an account."""

from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.minutes.balance import available_seconds
from domain.minutes.burn import BurnPolicy, burn, in_burn_order
from domain.minutes.debt import settle, shortfall
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.package import Package, PackageKind, PackageState
from tests.domain.minutes.builders import DAY, HOUR, NOON, package
from tests.domain.minutes.histories import Life, Step, lives, lives_in_which_nothing_ends

# The same examples in every run: a red test is red for everybody, and a green one stays green.
bounded = settings(max_examples=150, derandomize=True, deadline=None, database=None)
policies = st.sampled_from(BurnPolicy)


def live(steps: list[Step], policy: BurnPolicy = BurnPolicy.OLDEST_FIRST) -> Life:
    """One account after all of the steps."""
    life = Life(policy)
    for step in steps:
        life.live(step)
    return life


def sums(entries: list[Entry], *, by: str) -> dict[object, int]:
    """The seconds of entries, added up by one of their fields."""
    added: dict[object, int] = defaultdict(int)
    for entry in entries:
        added[getattr(entry, by)] += entry.seconds
    return added


@st.composite
def package_sets(draw: st.DrawFn) -> list[Package]:
    """Up to eight packages with distinct ids and, on purpose, many equal keys."""
    return [
        package(
            package_id,
            draw(st.integers(0, 5)),
            kind=draw(st.sampled_from(PackageKind)),
            priority=draw(st.none() | st.integers(0, 1)),
            activated_at=NOON + draw(st.integers(-2, 1)) * HOUR,
            expires_at=draw(st.none() | st.integers(2, 4).map(lambda hours: NOON + hours * HOUR)),
            state=draw(st.sampled_from([PackageState.ACTIVE] * 4 + [PackageState.FROZEN, PackageState.VOIDED])),
        )
        for package_id in draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8))
    ]


moments = st.integers(-3, 5).map(lambda hours: NOON + hours * HOUR)


class TestPackages:
    @bounded
    @given(lives, policies)
    def test_account_for_every_second_after_every_step(self, steps: list[Step], policy: BurnPolicy) -> None:
        life = Life(policy)

        for step in steps:
            life.live(step)

            left = sums([entry for entry in life.book.entries if entry.package_id], by="package_id")
            for each in life.book.packages.values():
                buckets = (
                    each.left_seconds,
                    each.consumed_seconds,
                    each.held_seconds,
                    each.frozen_seconds,
                    each.expired_seconds,
                    each.voided_seconds,
                )
                assert min(buckets) >= 0
                assert each.granted_seconds == sum(buckets)
                assert each.left_seconds == left[each.id]

    @bounded
    @given(lives)
    def test_have_consumed_what_usages_took_and_did_not_give_back(self, steps: list[Step]) -> None:
        life = live(steps)

        consuming = (EntryKind.BURN, EntryKind.SETTLE, EntryKind.GIVE_BACK)
        taken = sums([entry for entry in life.book.entries if entry.kind in consuming], by="package_id")
        for each in life.book.packages.values():
            assert each.consumed_seconds == -taken[each.id]

    @bounded
    @given(lives)
    def test_add_up_to_the_balance(self, steps: list[Step]) -> None:
        life = live(steps)

        actual = available_seconds(life.book.packages.values(), at=life.now)

        live_packages = [each for each in life.book.packages.values() if each.is_eligible(life.now)]
        assert actual == sum(each.left_seconds for each in live_packages) >= 0

    @bounded
    @given(lives)
    def test_are_empty_once_swept_after_their_late_window(self, steps: list[Step]) -> None:
        life = live(steps)
        last_end = max([each.expires_at for each in life.book.packages.values() if each.expires_at] or [NOON])
        life.now = max(life.now, last_end + 4 * DAY)

        life.sweep()

        ended = [each for each in life.book.packages.values() if each.expires_at]
        assert [each.left_seconds for each in ended] == [0] * len(ended)


class TestDebt:
    @bounded
    @given(lives)
    def test_is_the_sum_of_its_entries_and_never_negative(self, steps: list[Step]) -> None:
        life = Life()

        for step in steps:
            life.live(step)

            debt_kinds = (EntryKind.DEBT, EntryKind.DEBT_SETTLED, EntryKind.DEBT_CANCELLED)
            by_usage = sums([entry for entry in life.book.entries if entry.kind in debt_kinds], by="usage_id")
            assert life.book.debt_seconds == sum(by_usage.values())
            assert life.book.debts == {usage_id: owed for usage_id, owed in by_usage.items() if owed}
            assert all(owed >= 0 for owed in by_usage.values())

    @bounded
    @given(st.integers(0, 300), st.integers(0, 120), st.integers(0, 120))
    def test_or_forgiven_is_all_that_was_not_covered(self, uncovered: int, forgive_below: int, forgivable: int) -> None:
        rest = shortfall(uncovered, forgive_below_seconds=forgive_below, forgivable_seconds=forgivable)

        assert rest.debt_seconds + rest.forgiven_seconds == uncovered
        assert 0 <= rest.forgiven_seconds <= forgivable
        assert rest.forgiven_seconds == 0 or uncovered < forgive_below

    @bounded
    @given(lives)
    def test_is_never_forgiven_beyond_the_limit_of_a_day(self, steps: list[Step]) -> None:
        life = Life()

        for step in steps:
            life.live(step)

            by_day: dict[str, int] = {}
            for usage_id, used in life.usages.items():
                if usage_id not in life.reversals:
                    day = used.judged_at.date().isoformat()
                    by_day[day] = by_day.get(day, 0) + used.forgiven_seconds
            assert all(seconds <= life.rules.forgive_daily_seconds for seconds in by_day.values())
            assert all(by_day[day] == seconds for day, seconds in life.book.forgiven.items())

    @bounded
    @given(st.integers(0, 300), st.dictionaries(st.integers(1, 99), st.integers(1, 100), max_size=9))
    def test_is_paid_as_far_as_it_goes_and_in_order(self, left: int, debts: dict[int, int]) -> None:
        settlements = settle(left, debts)

        assert sum(paid.seconds for paid in settlements) == min(left, sum(debts.values()))
        assert [paid.usage_id for paid in settlements] == list(debts)[: len(settlements)]
        assert all(paid.seconds == debts[paid.usage_id] for paid in settlements[:-1])
        assert all(0 < paid.seconds <= debts[paid.usage_id] for paid in settlements)


class TestUsages:
    @bounded
    @given(lives, policies)
    def test_are_burnt_owed_or_forgiven_to_the_last_second(self, steps: list[Step], policy: BurnPolicy) -> None:
        life = live(steps, policy)

        for usage_id, used in life.usages.items():
            booked = sums(
                [entry for entry in life.book.entries if entry.message_id == usage_id == entry.usage_id], by="kind"
            )
            assert used.seconds == -booked[EntryKind.BURN] + booked[EntryKind.DEBT] + booked[EntryKind.FORGIVEN]

    @bounded
    @given(lives, policies)
    def test_never_burn_what_was_not_eligible(self, steps: list[Step], policy: BurnPolicy) -> None:
        life = live(steps, policy)

        for used in life.usages.values():
            before = {each.id: each for each in used.packages_before}
            for burnt in used.burning.burns:
                source = before[burnt.package_id]
                assert source.state is PackageState.ACTIVE
                assert source.activated_at <= used.judged_at
                assert source.expires_at is None or used.judged_at < source.expires_at
                assert 0 < burnt.seconds <= source.left_seconds

    @bounded
    @given(lives)
    def test_owe_nothing_while_something_eligible_is_left(self, steps: list[Step]) -> None:
        life = live(steps)

        for used in life.usages.values():
            if used.burning.uncovered_seconds:
                could = sum(each.left_seconds for each in used.packages_before if each.is_eligible(used.judged_at))
                assert used.seconds - used.burning.uncovered_seconds == could


class TestReversals:
    @bounded
    @given(lives_in_which_nothing_ends, policies, st.randoms(use_true_random=False))
    def test_of_every_usage_in_any_order_restore_everything(self, steps, policy, random) -> None:
        life = live(steps, policy)
        usage_ids = list(life.usages)
        random.shuffle(usage_ids)

        for usage_id in usage_ids:
            life.reverse(usage_id)

        assert life.book.debt_seconds == 0
        assert life.book.debts == {}
        for each in life.book.packages.values():
            assert each.left_seconds == each.granted_seconds
            assert each.consumed_seconds == 0
        assert sums(life.book.entries, by="kind")[EntryKind.FORGIVEN] == 0

    @bounded
    @given(lives)
    def test_of_every_usage_leave_nothing_consumed_and_nothing_owed(self, steps: list[Step]) -> None:
        life = live(steps)

        for usage_id in life.usages.keys() - life.reversals.keys():
            life.reverse(usage_id)

        assert life.book.debt_seconds == 0
        assert [each.consumed_seconds for each in life.book.packages.values() if each.consumed_seconds] == []

    @bounded
    @given(lives)
    def test_say_what_their_entries_do(self, steps: list[Step]) -> None:
        life = live(steps)

        for usage_id, reversal in life.reversals.items():
            by_kind = sums(list(reversal.entries), by="kind")
            used = life.usages[usage_id]
            assert reversal.given_back_seconds == by_kind[EntryKind.GIVE_BACK]
            assert reversal.expired_again_seconds == -by_kind[EntryKind.EXPIRE]
            assert reversal.cancelled_debt_seconds == -by_kind[EntryKind.DEBT_CANCELLED]
            undone = reversal.given_back_seconds + reversal.cancelled_debt_seconds - by_kind[EntryKind.FORGIVEN]
            assert undone == used.seconds

    @bounded
    @given(lives)
    def test_make_nothing_spendable_that_is_over(self, steps: list[Step]) -> None:
        life = live(steps)
        over_before = {
            each.id: each.left_seconds for each in life.book.packages.values() if not _is_open(each, life.now)
        }

        for usage_id in life.usages.keys() - life.reversals.keys():
            life.reverse(usage_id)

        assert {each_id: life.book.packages[each_id].left_seconds for each_id in over_before} == over_before


class TestBurning:
    @bounded
    @given(st.integers(1, 40), package_sets(), moments, policies)
    def test_takes_exactly_what_was_used_or_everything(self, used, packages, at, policy) -> None:
        burning = burn(used, packages, at=at, policy=policy)

        left = {each.id: each.left_seconds for each in packages}
        assert sum(burnt.seconds for burnt in burning.burns) + burning.uncovered_seconds == used
        assert all(burnt.seconds == left[burnt.package_id] for burnt in burning.burns[:-1])
        assert all(0 < burnt.seconds <= left[burnt.package_id] for burnt in burning.burns)
        assert burning.uncovered_seconds == max(0, used - available_seconds(packages, at=at))
        assert len({burnt.package_id for burnt in burning.burns}) == len(burning.burns)

    @bounded
    @given(st.integers(1, 40), package_sets(), moments, policies, st.randoms(use_true_random=False))
    def test_is_the_same_for_the_same_packages_in_any_order(self, used, packages, at, policy, random) -> None:
        shuffled = random.sample(packages, len(packages))

        assert burn(used, shuffled, at=at, policy=policy) == burn(used, packages, at=at, policy=policy)

    @bounded
    @given(package_sets(), moments, policies)
    def test_follows_the_order_of_the_papers(self, packages, at, policy) -> None:
        ordered = in_burn_order(packages, at=at, policy=policy)

        for first, second in pairwise(ordered):
            assert _burns_before(first, second, policy)
            assert not _burns_before(second, first, policy)


def _is_open(package: Package, now: datetime) -> bool:
    return package.state is PackageState.ACTIVE and (package.expires_at is None or now < package.expires_at)


def _burns_before(first: Package, second: Package, policy: BurnPolicy) -> bool:
    """The order once more, in the words of the README and without a key."""
    if first.priority != second.priority:
        return first.priority < second.priority
    older, sooner = first.activated_at - second.activated_at, _ends_before(first, second)
    by_age = None if not older else older.total_seconds() < 0
    keys = [by_age, sooner] if policy is BurnPolicy.OLDEST_FIRST else [sooner, by_age]
    decided = [key for key in keys if key is not None]
    return decided[0] if decided else first.id < second.id


def _ends_before(first: Package, second: Package) -> bool | None:
    if first.expires_at == second.expires_at:
        return None
    if first.expires_at is None or second.expires_at is None:
        return second.expires_at is None
    return first.expires_at < second.expires_at
