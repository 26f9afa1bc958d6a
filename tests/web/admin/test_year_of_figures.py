"""A year of figures: every sheet shows it, and its numbers lead to rows."""

import html
import re
from collections.abc import Iterator

import pytest

from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.year_of_figures import a_year_of_figures
from tests.web.portal.browser import Clock
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.payments.harness import fill_catalogue
from web.admin.sheets import SHEETS


@pytest.fixture(autouse=True)
def year(harness: MinutesHarness, clock: Clock) -> Iterator[None]:
    """The figures."""
    fill_catalogue(harness.engine)
    with a_year_of_figures(harness.engine, clock().date()):
        yield


def links(page: str) -> list[str]:
    """The addresses of rows that a page names."""
    return [html.unescape(found) for found in re.findall(r'href="(/statistics/rows/[^"]+)"', page)]


@pytest.mark.parametrize("name", SHEETS)
def test_every_number_leads_to_rows(owner: OperatorBrowser, name: str) -> None:
    page = owner.get(f"/statistics/{name}?currency=RUB")
    kinds = {re.sub(r"\d{4}-\d\d-\d\d", "", address): address for address in links(page.text)}

    answers = {address: owner.get(address).status_code for address in kinds.values()}

    assert page.status_code == 200
    assert answers.keys()
    assert set(answers.values()) == {200}


@pytest.mark.parametrize("name", SHEETS)
def test_a_program_gets_what_people_see(owner: OperatorBrowser, name: str) -> None:
    found = owner.get(f"/statistics/{name}/json?currency=RUB").json()
    table = owner.get(f"/statistics/{name}/csv?currency=RUB").text.strip().splitlines()

    assert len(found["rows"]) == len(table) - 1 > 0


def test_a_missed_night_is_marked(owner: OperatorBrowser) -> None:
    found = owner.get("/statistics/subscriptions/json?currency=RUB").json()

    missed = [row["day"] for row in found["rows"] if row["mrr_minor"] is None]
    page = owner.get("/statistics/subscriptions?currency=RUB").text
    assert missed
    assert f"Not recorded, for nobody counted on the day after: {', '.join(missed)}." in page


def test_movements_lead_from_start_to_end(owner: OperatorBrowser) -> None:
    found = owner.get("/statistics/subscriptions/json?currency=RUB").json()

    [movements] = [part for part in found["parts"] if part["title"] == "Movements"]
    for row in movements["rows"]:
        gained = row["new_minor"] + row["expansion_minor"] + row["reactivation_minor"]
        assert row["start_minor"] + gained - row["contraction_minor"] - row["churn_minor"] == row["end_minor"]


def test_a_month_that_is_not_over_says_so(owner: OperatorBrowser) -> None:
    page = owner.get("/statistics/retention").text

    assert '<td data-label="1" class="number heat-none"><span>not yet</span></td>' in page
    assert "Drawn: Who used again one month later (column 1), by the month in which they began. Highest:" in page
    assert '<td data-label="0" class="number heat-9"><span>100' in page


def test_conversion_is_known_a_day_later(owner: OperatorBrowser, clock: Clock) -> None:
    found = owner.get("/statistics/gateways/json").json()

    assert found["rows"][0]["conversion"] == 0.6
    [funnel] = [part for part in found["parts"] if part["title"].startswith("Funnel")]
    assert (funnel["rows"][0]["step"], funnel["rows"][0]["orders"]) == ("Product shown", None)


def test_rows_of_nonsense_are_not_found(owner: OperatorBrowser) -> None:
    assert owner.get("/statistics/rows/nothing?first=2026-01-01&last=2026-01-01").status_code == 404
    assert owner.get("/statistics/rows/orders?first=2026-01-01&last=2026-01-01&cursor=x").status_code == 404
    assert owner.get("/statistics/rows/orders?first=x&last=2026-01-01").status_code == 422


def test_each_table_comes_as_csv(owner: OperatorBrowser) -> None:
    found = owner.get("/statistics/gateways/json").json()

    for number, part in enumerate(found["parts"], 1):
        lines = owner.get(f"/statistics/gateways/csv?part={number}").text.strip().splitlines()
        assert len(lines) - 1 == len(part["rows"]) > 0
    assert owner.get(f"/statistics/gateways/csv?part={len(found['parts']) + 1}").status_code == 404
