"""Cutting large calls by account."""

import threading

from tests.servers.waiting import wait_until
from workers.lanes import MIN_EVENTS_TO_SPLIT, Lanes

ACCOUNTS = [f"user-{number}" for number in range(50)]


def items(count: int) -> list[tuple[str, int]]:
    return [(ACCOUNTS[number % len(ACCOUNTS)], number) for number in range(count)]


class TestLanes:
    def test_keeps_a_small_call_whole(self) -> None:
        parts = list(Lanes().through(items(MIN_EVENTS_TO_SPLIT - 1)))

        assert parts == [list(range(MIN_EVENTS_TO_SPLIT - 1))]

    def test_gives_every_item_of_a_large_call_back_once(self) -> None:
        parts = list(Lanes().through(items(500)))

        assert len(parts) == 3
        assert sorted(number for part in parts for number in part) == list(range(500))

    def test_keeps_the_items_of_an_account_together_and_in_order(self) -> None:
        parts = list(Lanes().through(items(500)))

        for name in range(50):
            holders = [[number for number in part if number % 50 == name] for part in parts]
            (own,) = [part for part in holders if part]
            assert own == list(range(name, 500, 50))

    def test_nothing_at_all_is_no_part(self) -> None:
        assert list(Lanes().through([])) == []

    def test_two_calls_are_never_in_one_lane(self) -> None:
        lanes = Lanes()
        first = lanes.through(items(500))
        held = next(first)
        seen: list[list[int]] = []

        other = threading.Thread(target=lambda: seen.extend(lanes.through(items(500))))
        other.start()
        wait_until(lambda: len(seen) == 2, "the other call has had the two lanes that are free", limit_s=10)

        assert held not in seen
        first.close()
        other.join(10)
        assert held in seen

    def test_a_lane_is_free_again_after_an_error(self) -> None:
        lanes = Lanes()
        broken = lanes.through(items(500))
        next(broken)

        broken.close()

        assert len(list(lanes.through(items(500)))) == 3
