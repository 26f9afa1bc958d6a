"""`billing stats`: the figures of some days, and counting them again."""

from tests.journeys.billing import Billing


class TestStats:
    def test_show_says_that_nothing_is_counted_yet(self, alone: Billing) -> None:
        done = alone("stats", "show", "--days", "2")

        assert done.returncode == 0, done.stderr
        assert "nothing is counted yet" in done.stdout

    def test_show_is_json_for_programs(self, alone: Billing) -> None:
        found = alone.json("stats", "show", "--days", "3")

        assert len(found["minutes"]) == 3
        assert found["zone"] == "UTC"

    def test_recount_says_that_every_sum_was_right(self, alone: Billing) -> None:
        done = alone("stats", "recount", "2026-11-01", "2026-11-02")

        assert (done.returncode, done.stdout) == (0, "every sum was right\n")

    def test_recount_refuses_days_in_the_wrong_order(self, alone: Billing) -> None:
        done = alone("stats", "recount", "2026-11-02", "2026-11-01")

        assert done.returncode == 2
        assert "the last day comes after the first one" in done.stderr

    def test_refuses_a_zone_that_there_is_not(self, alone: Billing) -> None:
        alone.environment["BUSINESS_ZONE"] = "Mars/Olympus"

        done = alone("stats", "show")

        assert done.returncode == 2
        assert "BUSINESS_ZONE" in done.stderr
        assert "Europe/Moscow" in done.stderr
