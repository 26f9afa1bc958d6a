"""README.md, "Segments"."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.promotions.segment import Segment, UnableToSegment

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


class TestSegment:
    @pytest.mark.parametrize(
        ("criteria", "why"),
        [
            ({}, "everyone"),
            ({"without_campaign_ids": frozenset({"outage"})}, "everyone"),
            ({"is_everyone": True, "countries": frozenset({"RU"})}, "everyone"),
            ({"used_from": NOON}, "both"),
            ({"used_until": NOON}, "both"),
            ({"used_from": NOON, "used_until": NOON}, "not before"),
            ({"balance_below_seconds": 60, "balance_at_least_seconds": 60}, "balance"),
            ({"balance_below_seconds": 0}, "balance"),
        ],
    )
    def test_says_what_is_wrong_with_it(self, criteria: dict[str, object], why: str) -> None:
        with pytest.raises(UnableToSegment, match=why):
            Segment(**criteria)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "criteria",
        [
            {"is_everyone": True},
            {"is_everyone": True, "without_campaign_ids": frozenset({"outage"})},
            {"used_from": NOON, "used_until": NOON + INSTANT},
            {"unused_since": NOON},
            {"product_ids": frozenset({"standard"})},
            {"balance_at_least_seconds": 0},
            {"balance_below_seconds": 61, "balance_at_least_seconds": 60},
        ],
    )
    def test_takes_what_has_a_meaning(self, criteria: dict[str, object]) -> None:
        assert Segment(**criteria).is_everyone is ("is_everyone" in criteria)  # type: ignore[arg-type]

    def test_ends_after_a_moment_that_is_before_one_of_its_own(self) -> None:
        used = Segment(used_from=NOON - HOUR, used_until=NOON)

        assert used.ends_after(NOON - INSTANT)
        assert not used.ends_after(NOON)
        assert Segment(unused_since=NOON).ends_after(NOON - INSTANT)
        assert not Segment(is_everyone=True).ends_after(NOON)
