"""Pages of figures: the table first, the same as CSV and JSON, compared with as many days before."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from store.statistics.count import count_days_again
from store.transaction import transaction
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import open_desk
from tests.web.portal.browser import Clock
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.payments.harness import fill_catalogue
from web.admin.figures import Column, Sheet, Unit, changes
from web.admin.settings import Admin
from web.admin.sheets import SHEETS

PERIOD = "first=2026-11-01&last=2026-11-03"


@pytest.fixture
def counted(harness: MinutesHarness) -> Any:
    """Some days that are counted already; they go again, for the books of these tests are audited."""
    fill_catalogue(harness.engine)
    rows = (
        "INSERT INTO bucket_money (bucket, product, kind, gateway, currency, gross_minor, refunded_minor, orders)"
        " VALUES ('2026-11-01 12:00Z', 1, 'first', 'stripe', 'RUB', 129900, 29900, 2),"
        " ('2026-11-03 12:00Z', 1, 'renewal', 'stripe', 'RUB', 0, 50000, 0),"
        " ('2026-10-30 12:00Z', 1, 'first', 'stripe', 'RUB', 25000, 0, 1)",
        "INSERT INTO bucket_minutes (bucket, package_kind, entry_kind, seconds, lines)"
        " VALUES ('2026-11-01 12:00Z', 'purchased', 'grant', 7200, 1), ('2026-11-02 12:00Z', 'purchased', 'burn', -3600, 1)",
        "INSERT INTO day_activity (day, counted_at, seconds, usages, of_day, of_week, of_month)"
        " VALUES ('2026-11-02', '2026-11-03 00:30Z', 3600, 5, 3, 4, 12)",
        "INSERT INTO late_change (bucket, what, currency, changed_on, amount)"
        " VALUES ('2026-11-01 12:00Z', 'gross', 'RUB', '2026-11-02', 29900)",
        "INSERT INTO day_deferred (day, taken_at, deferred_minor, net_minor, seconds, product, kind, currency)"
        " VALUES ('2026-11-01', '2026-11-02 00:05Z', 50000, 90000, 3600, 1, 'first', 'RUB'),"
        " ('2026-11-02', '2026-11-03 00:05Z', 40000, 100000, 3000, 1, 'first', 'RUB')",
        "UPDATE day_deferred SET expired_minor = 3000, waived_minor = 1000 WHERE day = '2026-11-02'",
        "INSERT INTO day_taken (what, day, taken_at, is_final)"
        " VALUES ('deferred', '2026-11-01', '2026-11-02 00:05Z', true), ('deferred', '2026-11-02', '2026-11-03 00:05Z', true)",
        "INSERT INTO month_breakage (month, package_kind, granted_seconds, voided_seconds, expired_seconds, open_seconds)"
        " VALUES ('2026-11-01', 'purchased', 7200, 1200, 1500, 0), ('2026-11-01', 'bonus', 600, 0, 100, 1)",
    )
    tables = (
        "bucket_money",
        "bucket_minutes",
        "day_activity",
        "late_change",
        "day_deferred",
        "day_taken",
        "month_breakage",
        "day_money",
        "day_minutes",
    )
    with transaction(harness.engine) as session:
        for row in rows:
            session.execute(text(row))
        count_days_again(session, "UTC")
    yield
    with transaction(harness.engine) as session:
        for table in tables:
            session.execute(text(f"DELETE FROM {table}"))


def plain(page: str) -> str:
    """The words of a page, with plain spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("\u202f", " ").replace("\xa0", " "))


@pytest.mark.usefixtures("counted")
class TestThePage:
    def test_of_sales_has_each_day_the_total_and_the_days_before(self, owner: OperatorBrowser) -> None:
        page = owner.get(f"/statistics/sales?{PERIOD}&currency=RUB")

        said = plain(page.text)
        assert page.status_code == 200
        assert "2026-11-02" in said
        assert "Compared with the 3 days before" in said
        # Gross of the period and of the one before, and the change between them.
        assert "₽1,299.00" in said or "RUB 1,299.00" in said
        assert "250.00" in said
        assert "+420 %" in said

    def test_says_which_day_was_changed_later(self, owner: OperatorBrowser) -> None:
        assert "2026-11-01 changed on 2026-11-02" in plain(owner.get(f"/statistics/sales?{PERIOD}").text)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("sales", "Counted until 2026-11-03 09:20 UTC, every minute."),
            ("minutes", "Counted until 2026-11-03 09:00 UTC."),
            ("activity", "Counted until 2026-11-03 08:45 UTC."),
            ("liability", "Counted until 2026-11-03 00:05 UTC, every night."),
            ("gateways", "Counted until 2026-11-03 08:30 UTC, every hour."),
        ],
    )
    def test_says_up_to_when_its_own_figures_are_counted(
        self, owner: OperatorBrowser, harness: MinutesHarness, name: str, said: str
    ) -> None:
        with transaction(harness.engine) as session:
            session.execute(
                text(
                    "INSERT INTO statistics_state (number, zone, minutes_until, activity_until, counted_at)"
                    " VALUES (1, 'UTC', '2026-11-03 09:00Z', '2026-11-03 08:45Z', '2026-11-03 09:20Z')"
                )
            )
            session.execute(
                text(
                    "INSERT INTO day_taken (what, day, taken_at, is_final)"
                    " VALUES ('day_attempt', '2026-11-03', '2026-11-03 08:30Z', false)"
                )
            )

        page, program = (owner.get(f"/statistics/{name}{rest}?{PERIOD}") for rest in ("", "/json"))

        with transaction(harness.engine) as session:
            session.execute(text("DELETE FROM statistics_state"))
        assert said in plain(page.text)
        assert program.json()["counted_until"] in said

    def test_draws_a_chart_of_its_table(self, owner: OperatorBrowser) -> None:
        page = owner.get(f"/statistics/minutes?{PERIOD}").text

        assert page.count("<rect") == 3
        assert "Highest: 1 h (2026-11-02). Lowest: 0 s (2026-11-01)." in plain(page)
        assert page.index("<table") > page.index("<svg")
        assert "style=" not in page

    def test_of_liability_says_what_was_earned(self, owner: OperatorBrowser) -> None:
        found = owner.get(f"/statistics/liability/json?{PERIOD}&currency=RUB").json()

        assert [row["earned_minor"] for row in found["rows"]] == [None, 20000]
        split = [found["rows"][1][f"by_{name}_minor"] for name in ("use", "breakage", "waiving")]
        assert split == [18000, 3000, -1000]
        assert found["total"]["earned_minor"] == 20000
        assert found["parts"][0]["rows"][0]["deferred_minor"] == 40000

    def test_of_minutes_says_what_expired_of_a_month_once_nothing_of_it_is_open(self, owner: OperatorBrowser) -> None:
        found = owner.get(f"/statistics/minutes/json?{PERIOD}").json()

        months = {row["kind"]: row["rate"] for row in found["parts"][2]["rows"]}
        assert months == {"bonus": None, "purchased": 0.25}

    def test_of_activity_shows_days_that_are_over(self, owner: OperatorBrowser) -> None:
        [row] = owner.get(f"/statistics/activity/json?{PERIOD}").json()["rows"]

        assert (row["of_day"], row["of_month"], row["stickiness"]) == (3, 12, 0.25)

    @pytest.mark.parametrize("name", SHEETS)
    def test_says_what_its_figures_mean(self, owner: OperatorBrowser, name: str) -> None:
        page = owner.get(f"/statistics/{name}?{PERIOD}")

        assert page.status_code == 200
        assert "What does this mean?" in page.text


@pytest.mark.usefixtures("counted")
class TestTheSameForPrograms:
    def test_is_csv_in_minor_units(self, owner: OperatorBrowser) -> None:
        answer = owner.get(f"/statistics/sales/csv?{PERIOD}&currency=RUB")

        rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
        assert [row["net_minor"] for row in rows] == ["100000", "0", "-50000"]
        assert "sales-2026-11-01-2026-11-03-RUB.csv" in answer.headers["Content-Disposition"]

    def test_is_json_with_units(self, owner: OperatorBrowser) -> None:
        found = owner.get(f"/statistics/sales/json?{PERIOD}&currency=RUB").json()

        assert (found["zone"], found["currency"], found["units"]["gross_minor"]) == ("UTC", "RUB", "money")
        assert found["total"]["net_minor"] == 50000
        assert found["before"]["gross_minor"] == 25000


class TestWhatIsAskedFor:
    @pytest.mark.parametrize("query", ["first=nonsense&last=x", "first=2027-01-01&last=2020-01-01", "currency=xxx"])
    def test_that_makes_no_sense_is_as_usual(self, owner: OperatorBrowser, query: str) -> None:
        assert owner.get(f"/statistics/minutes?{query}").status_code == 200

    @pytest.mark.parametrize(
        ("query", "is_said"),
        [
            ("first=2026-02-30", True),
            ("last=x", True),
            ("first=2026-11-03&last=2026-11-01", True),
            ("first=2001-01-01", True),
            ("last=2099-01-01", True),
            (PERIOD, False),
            ("first=&last=", False),
        ],
    )
    def test_is_said_where_other_days_are_shown(self, owner: OperatorBrowser, query: str, *, is_said: bool) -> None:
        page = owner.get(f"/statistics/minutes?{query}")

        assert ("These are other days than you asked for." in page.text) == is_said
        assert ", every minute" not in page.text

    def test_is_never_beyond_today(self, owner: OperatorBrowser, clock: Clock) -> None:
        found = owner.get("/statistics/minutes/json?first=2026-11-01&last=2099-01-01").json()

        assert found["last"] == str(clock().date())
        assert "The last day is not over" in owner.get("/statistics/minutes").text

    def test_is_bounded(self, owner: OperatorBrowser, clock: Clock) -> None:
        found = owner.get("/statistics/minutes/json?first=2001-01-01").json()

        assert found["first"] == str(clock().date() - timedelta(days=399))

    def test_that_there_is_not_is_not_found(self, owner: OperatorBrowser) -> None:
        assert owner.get("/statistics/nothing").status_code == 404
        assert owner.get("/statistics/nothing/csv").status_code == 404


class TestSheets:
    def test_draw_what_is_below_nothing_downwards(self) -> None:
        columns = (Column("day", "Day", Unit.TEXT), Column("net", "Net"))
        sheet = Sheet("S", columns, (("a", 30), ("b", -10), ("c", 0)), "", charted="net")

        assert [(label, round(y), round(height)) for label, _, y, height in sheet.bars()] == [
            ("a", 0, 75),
            ("b", 75, 25),
            ("c", 75, 0),
        ]

    def test_say_how_high_their_chart_is(self) -> None:
        columns = (Column("day", "Day", Unit.TEXT), Column("net", "Net", Unit.MONEY))
        sheet = Sheet("S", columns, (("a", 30), ("b", None), ("c", -10)), "", charted="net")

        assert sheet.ends_of_chart == [("a", 30, Unit.MONEY), ("c", -10, Unit.MONEY)]
        assert replace(sheet, rows=(("b", None),)).ends_of_chart == []
        assert replace(sheet, charted=None).ends_of_chart == []

    def test_compare_only_what_was_there(self) -> None:
        assert changes(("", 150, 5, None), ("", 100, 0, 7)) == [None, 0.5, None, None]

    def test_grow_from_below_nothing_to_above(self) -> None:
        assert changes((50, -150, -50), (-100, -100, 100)) == [1.5, -0.5, -1.5]


class TestTheSandbox:
    def test_is_named_where_it_sells(self, owner: OperatorBrowser, admin: Admin) -> None:
        pages = [owner.get(path).text for path in ("/statistics/sales", "/")]
        desk = open_desk(admin)
        move_order(admin, desk.order_id, "sandbox")
        pages += [owner.get(path).text for path in ("/statistics/sales", "/", "/statistics/minutes")]
        # The audit that follows each module compares the payment with its gateway.
        move_order(admin, desk.order_id, desk.harness.memory.name)

        said = ["The sandbox is left out." in page or "Orders of the sandbox" in page for page in pages]
        assert said == [False, False, True, True, False]


def move_order(admin: Admin, order_id: str, gateway: str) -> None:
    """Say that an order was paid at a gateway."""
    with transaction(admin.context.engine) as session:
        session.execute(
            text("UPDATE orders SET gateway = :gateway WHERE id = :id"), {"gateway": gateway, "id": order_id}
        )
