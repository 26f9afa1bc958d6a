"""Every page takes any date of an address: it shows it, as usual where it means nothing, or refuses it in a sentence."""

import re

import pytest

from store.engine import Engine
from tests.browser.samples import read_paths
from tests.web.admin.browser import OperatorBrowser
from tests.workers.payments.harness import fill_catalogue
from web.admin.app import create_admin
from web.admin.rows import TITLES
from web.admin.settings import Admin
from web.admin.sheets import SHEETS

DATES = (
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-02-30",
    "-1",
    "99999999999",
    "\x00",
)

NAMES = ("first", "last", "day", "since", "until", "from", "to", "date", "month", "at")
"""What addresses call a date, and what they may call one some day."""


def test_every_page_survives_any_date(admin: Admin, owner: OperatorBrowser, shared_engine: Engine) -> None:
    fill_catalogue(shared_engine)
    values = {"name": next(iter(SHEETS)), "what": "orders", "number": "1", "token": "none"}
    paths = [re.sub(r"{(\w+)}", lambda found: values[found[1]], path) for path in read_paths(create_admin(admin))]
    paths += [f"/statistics/{name}{kind}" for name in SHEETS for kind in ("", "/csv", "/json")]
    paths += [f"/statistics/rows/{what}" for what in TITLES]

    answers = {
        (path, date): owner.client.get(path, params={"id": "none", **dict.fromkeys(NAMES, date)}).status_code
        for path in sorted(set(paths) - {"/queues/events"})
        for date in DATES
    }

    assert {asked: status for asked, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31", "1969-12-31", "3000-01-01"])
@pytest.mark.parametrize(
    "address",
    [
        "/statistics/rows/orders?first={date}&last={date}",
        "/reconciliation/day?day={date}",
        "/reconciliation/account?id=none&day={date}",
    ],
)
def test_a_day_of_no_business_is_refused_in_a_sentence(owner: OperatorBrowser, address: str, date: str) -> None:
    answer = owner.get(address.format(date=date))

    assert answer.status_code == 422
    assert "the address has a value that it cannot have" in answer.text


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_of_no_business_is_as_usual(owner: OperatorBrowser, name: str) -> None:
    usual = owner.get(f"/statistics/{name}/json").json()

    for date in ("0001-01-01", "9999-12-31"):
        assert owner.get(f"/statistics/{name}/json?first={date}&last={date}").json() == usual
