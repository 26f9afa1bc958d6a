"""
Sales, minutes, activity and retention of three made-up months (`by_hand_history.py`), worked out by hand from the
definitions and not by the code.

Where the days of Moscow and New York put something into different months, both figures stand here: `(Moscow, New York)`.
"""

from datetime import date
from typing import Any

import pytest

from tests.workers.statistics.by_hand import Life, Period, here, part, total
from tests.workers.statistics.by_hand_history import FEBRUARY, JANUARY, MARCH, QUARTER


class TestSales:
    # ann 69 900, bob 26 910 (a tenth off), gus 49 900, cid 19 900; at the end ann 29 900, in Moscow on 1 February.
    # hal 9 950 (half off), gus 19 900 (renewed as a smaller one), bob 69 900, cid 19 900 (renewed at the second try).
    # hal 9 950, gus 19 900 (given back); bob 29 900 at the end, in Moscow on 1 April. ann got 20 000 back.
    @pytest.mark.parametrize(
        ("period", "orders", "gross", "refunded", "net", "payout"),
        [
            (JANUARY, (4, 5), (166_610, 196_510), 0, (166_610, 196_510), (164_513, 194_413)),
            (FEBRUARY, (5, 4), (149_550, 119_650), 20_000, (129_550, 99_650), (129_550, 99_650)),
            (MARCH, (2, 3), (29_850, 59_750), 19_900, (9_950, 39_850), (9_950, 39_850)),
        ],
    )
    def test_of_roubles(
        self, life: Life, period: Period, orders: Any, gross: Any, refunded: int, net: Any, payout: Any
    ) -> None:
        names = ("orders", "gross_minor", "refunded_minor", "lost_minor", "net_minor", "payout_minor")

        found = total(life, "sales", period, "RUB", *names)

        assert found == (here(life, orders), here(life, gross), refunded, 0, here(life, net), here(life, payout))

    # dan 799; fay 199, in New York on 31 January. fay 199 twice, dan 799, eva 299 after her trial. fay 199 four times,
    # eva 299. dan's first payment was lost to his bank, and 200 of his second went back. The fees are dan's 30 and the 5
    # that eva's payment in yen cost in euros.
    @pytest.mark.parametrize(
        ("period", "gross", "refunded", "lost", "net", "fee"),
        [
            (JANUARY, (799, 998), 0, 0, (799, 998), 35),
            (FEBRUARY, (1_695, 1_496), 0, 0, (1_695, 1_496), 0),
            (MARCH, 1_095, 200, 799, 96, 0),
        ],
    )
    def test_of_euros(
        self, life: Life, period: Period, gross: Any, refunded: int, lost: int, net: Any, fee: int
    ) -> None:
        names = ("gross_minor", "refunded_minor", "lost_minor", "net_minor", "fee_minor")

        found = total(life, "sales", period, "EUR", *names)

        assert found == (here(life, gross), refunded, lost, here(life, net), fee)

    def test_of_yen_leave_free_orders_out(self, life: Life) -> None:
        names = ("orders", "gross_minor", "fee_minor", "payout_minor")

        assert total(life, "sales", QUARTER, "JPY", *names) == (1, 1_000, 0, 1_000)

    @pytest.mark.parametrize(
        ("period", "currency", "expected"),
        [
            (JANUARY, "RUB", [4, 0, (41_652, 49_127)]),
            (FEBRUARY, "RUB", [(5, 4), 4, (25_910, 24_912)]),
            (MARCH, "RUB", [(2, 3), 5, (4_975, 13_283)]),
            (QUARTER, "RUB", [5, 0, (61_222, 67_202)]),
            (JANUARY, "EUR", [(1, 2), 0, (799, 499)]),
            (FEBRUARY, "EUR", [3, (1, 2), (565, 498)]),
            (MARCH, "EUR", [2, 3, 48]),
            (QUARTER, "JPY", [1, 0, 1_000]),
        ],
    )
    def test_by_payer(self, life: Life, period: Period, currency: str, expected: list[Any]) -> None:
        [row] = part(life.sheet("sales", *period, currency), "Payers")

        assert [row["now"], row["before"], row["per_payer_minor"]] == [here(life, each) for each in expected]

    def test_by_kind_product_and_gateway(self, life: Life) -> None:
        sheet = life.sheet("sales", *QUARTER, "RUB")

        found = [
            {row["name"]: row["gross_minor"] for row in part(sheet, title)}
            for title in ("By kind", "By product", "By gateway")
        ]

        assert found == [
            {"first": 176_560, "repeat": here(life, (99_800, 129_700)), "renewal": 69_650},
            {"std": 139_800, "short": here(life, (56_810, 86_710)), "big": 49_900, "basic": 99_500},
            {"bank": 299_200, "till": here(life, (46_810, 76_710))},
        ]

    def test_after_a_trial_are_repeated_where_something_was_bought_before(self, life: Life) -> None:
        rows = part(life.sheet("sales", *QUARTER, "EUR"), "By kind")

        # dan and fay begin; dan, eva and fay come again; fay is renewed five times, eva once.
        assert {row["name"]: (row["orders"], row["gross_minor"]) for row in rows} == {
            "first": (2, 998),
            "repeat": (3, 1_297),
            "renewal": (6, 1_294),
        }


class TestMinutes:
    NAMES = ("sold", "given", "used", "settled", "expired", "voided", "debt", "forgiven")

    @pytest.mark.parametrize(
        ("period", "expected"),
        [
            (JANUARY, ((84_000, 0, 39_600, 0, 0, 0, 2_000, 30), (93_000, 0, 41_400, 0, 0, 0, 2_000, 30))),
            (
                FEBRUARY,
                (
                    (81_000, 4_200, 7_400, 2_000, 36_000, 5_151, -2_000, 0),
                    (72_000, 4_200, 5_600, 2_000, 36_000, 5_151, -2_000, 0),
                ),
            ),
            (
                MARCH,
                ((30_000, 0, 820, 0, 27_300, 6_000, 18_000, 0), (36_000, 0, 820, 0, 27_300, 6_000, 18_000, 0)),
            ),
        ],
    )
    def test_of_a_month(self, life: Life, period: Period, expected: Any) -> None:
        assert total(life, "minutes", period, "", *self.NAMES) == here(life, expected)

    def test_sold_are_those_of_a_free_order_too_as_the_page_says(self, life: Life) -> None:
        names = ("sold", "given")

        # On 25 February ivy's order, which a code made free, was the only one.
        assert total(life, "minutes", (date(2026, 2, 25), date(2026, 2, 25)), "", *names) == (6_000, 0)
        assert "also those that a code made free" in life.definition("minutes", FEBRUARY)

    def test_left_in_the_end(self, life: Life) -> None:
        rows = part(life.sheet("minutes", *MARCH), "Left at the end")

        # ann 6 429, bob 17 700 (and 6 000), dan 16 000, ivy 5 500; hal 5 300, fay 12 000, eva 12 000. dan owes.
        assert {row["kind"]: row["left"] for row in rows if row["left"]} == {
            "purchased": here(life, (45_629, 51_629)),
            "subscription": 29_300,
            "owed by accounts": 18_000,
        }


class TestActivity:
    def test_of_days(self, life: Life) -> None:
        rows = life.sheet("activity", *QUARTER)["rows"]

        # bob's usage of 11 January was reversed; ann's at the end of January is of February in Moscow.
        active = {row["day"][5:]: (row["of_day"], row["seconds"]) for row in rows if row["of_day"]}
        first = {row["day"][5:]: row["first_used"] for row in rows if row["first_used"]}
        assert active == {
            "01-06": (1, 3_600),
            "01-21": (1, 20_000),
            "01-26": (1, 18_030),
            **here(life, ({"01-31": (1, 900), "02-01": (1, 1_800)}, {"01-31": (1, 2_700)})),
            "02-06": (1, 1_000),
            "02-14": (1, 900),
            "02-20": (2, 2_300),
            "02-26": (1, 500),
            "03-09": (1, 120),
            "03-31": (1, 700),
        }
        assert first == {"01-06": 1, "01-21": 1, "01-26": 1, "02-06": 1, "02-14": 1, "02-20": 1, "02-26": 1}

    def test_of_seven_and_thirty_days(self, life: Life) -> None:
        rows = {row["day"]: row for row in life.sheet("activity", *QUARTER)["rows"]}

        names = ("of_day", "of_week", "of_month", "stickiness")
        assert [rows["2026-02-20"][name] for name in names] == [2, 3, 5, 0.4]
        assert [rows["2026-02-26"][name] for name in names] == [1, 3, 6, 1 / 6]
        assert [rows["2026-03-31"][name] for name in names] == [1, 1, 2, 0.5]

    def test_of_first_payments(self, life: Life) -> None:
        rows = life.sheet("activity", *QUARTER)["rows"]

        assert {row["day"][5:]: row["first_paid"] for row in rows if row["first_paid"]} == {
            **dict.fromkeys(("01-05", here(life, ("01-11", "01-10")), "01-12", "01-15", "01-20", "01-25"), 1),
            **dict.fromkeys((here(life, ("02-01", "01-31")), "02-05"), 1),
        }


class TestRetention:
    @pytest.mark.parametrize(
        ("title", "expected"),
        [
            ("", ([[6, 3 / 6, 4 / 6, 1 / 6], [2, 1 / 2, 1 / 2]], [[7, 3 / 7, 3 / 7, 1 / 7], [1, 1.0, 1.0]])),
            ("Began by using", ([[3, 1.0, 2 / 3, 1 / 3], [4, 1.0, 1 / 4]], [[3, 1.0, 1 / 3, 1 / 3], [4, 1.0, 1 / 4]])),
            ("Began by paying", ([[6, 1.0, 1.0, 2 / 6], [2, 1.0, 1.0]], [[7, 1.0, 6 / 7, 4 / 7], [1, 1.0, 1.0]])),
        ],
    )
    def test_of_the_cohorts_of_a_month(self, life: Life, title: str, expected: Any) -> None:
        sheet = life.sheet("retention", *QUARTER)
        rows = part(sheet, title) if title else sheet["rows"]

        assert [[value for value in list(row.values())[1:] if value is not None] for row in rows] == here(
            life, expected
        )
