"""What is remembered, for how long, and of how many."""

from web.recent import Recent


class TestRecent:
    def test_forgets_after_some_seconds_from_the_beginning_of_the_look_up(self) -> None:
        moments = iter([10.0, 14.9, 15.0])
        recent = Recent[str, int](seconds=5.0, clock=lambda: next(moments))

        recent.put("one", 1, since=recent.now())

        assert [recent.get("one") for _ in range(3)] == [1, None, None]

    def test_forgets_the_oldest_beyond_its_size(self) -> None:
        recent = Recent[str, int](seconds=5.0, values=2, clock=lambda: 0.0)

        for name in ("one", "two", "one", "three"):
            recent.put(name, len(name), since=0.0)

        assert [recent.get(name) for name in ("one", "two", "three")] == [3, None, 5]
