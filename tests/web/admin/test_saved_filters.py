"""Saved filters: an operator keeps the filters of a list under a name; nobody else sees them."""

from collections.abc import Iterator

import pytest

from domain.access.role import Role
from store.access.saved_filter import MOST
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.test_desk import hidden, words
from tests.web.portal.browser import Clock
from web.admin.saved import LISTS
from web.admin.settings import Admin


@pytest.fixture(scope="module")
def desk(admin: Admin, owner: OperatorBrowser) -> Desk:
    """An account with an order, a subscription and codes."""
    return open_desk(admin)


@pytest.fixture
def viewer(admin: Admin, owner: OperatorBrowser, clock: Clock) -> Iterator[OperatorBrowser]:
    """The browser of somebody new who only looks."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.VIEWER)


def save(browser: OperatorBrowser, address: str, name: str) -> str:
    """Save the filters of a list, and return where that leads."""
    form = hidden(browser.get(address), "/saved-filters") | {"name": name}
    answer = browser.post("/saved-filters", form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


class TestSavedFilters:
    @pytest.mark.parametrize(
        "address",
        [
            "/orders?status=failed",
            "/subscriptions?status=past_due",
            "/promotions?kind=percent_off&state=on",
            "/accounts?only=blocked",
            "/review?gateway=sandbox",
            "/letters?state=any&code=Invalid",
        ],
    )
    def test_stand_above_their_list_and_go(self, viewer: OperatorBrowser, desk: Desk, address: str) -> None:
        path = address.partition("?")[0]

        location = save(viewer, address, "every morning")

        assert "every morning" in words(viewer.get(path))
        page = viewer.get(location)
        assert 'aria-current="page">every morning' in page.text
        assert viewer.post("/saved-filters/delete", hidden(page, "/saved-filters/delete")).headers["location"] == path
        assert "every morning" not in words(viewer.get(path))

    def test_are_an_operators_own(self, viewer: OperatorBrowser, owner: OperatorBrowser, desk: Desk) -> None:
        page = viewer.get(save(viewer, "/orders?status=paid", "mine alone"))
        form = hidden(page, "/saved-filters/delete") | {"form_secret": owner.form_secret()}

        owner.post("/saved-filters/delete", form)

        assert "mine alone" not in words(owner.get("/orders"))
        assert "mine alone" in words(viewer.get("/orders"))

    def test_of_one_name_are_replaced(self, viewer: OperatorBrowser, desk: Desk) -> None:
        save(viewer, "/orders?status=paid", "the same")
        save(viewer, "/orders?status=failed", "the same")

        page = viewer.get("/orders").text

        assert page.count(">the same</a>") == 1
        assert "/orders?status=failed" in page

    def test_leave_out_where_a_list_stood(self, viewer: OperatorBrowser, desk: Desk) -> None:
        form = {"path": "/orders", "query": "status=paid&cursor=abc&done=x", "name": "paid"}

        answer = viewer.send_form("/saved-filters", form)

        assert answer.headers["location"] == "/orders?status=paid"

    @pytest.mark.parametrize(
        "changed",
        [{"path": "/elsewhere"}, {"path": "//evil.example"}, {"query": "cursor=1"}, {"name": " "}, {"name": "a\x07b"}],
    )
    def test_of_no_list_or_name_are_refused(self, viewer: OperatorBrowser, desk: Desk, changed: dict[str, str]) -> None:
        form = {"path": "/orders", "query": "status=paid", "name": "good"} | changed

        assert viewer.send_form("/saved-filters", form).status_code == 422

    def test_have_a_limit(self, viewer: OperatorBrowser, desk: Desk) -> None:
        form = {"path": "/orders", "query": "status=paid"}
        answers = [viewer.send_form("/saved-filters", form | {"name": f"n{number}"}) for number in range(MOST + 1)]

        assert [answer.status_code for answer in answers] == [303] * MOST + [409]
        assert "delete one first" in words(answers[-1])

    def test_cover_lists_that_there_are(self, owner: OperatorBrowser, desk: Desk) -> None:
        assert {path: owner.get(path).status_code for path in LISTS} == dict.fromkeys(LISTS, 200)


class TestFilters:
    @pytest.mark.parametrize(
        "address",
        [
            "/orders?status=",
            "/subscriptions?status=",
            "/promotions?kind=&state=",
            "/accounts?only=",
            "/review?gateway=",
        ],
    )
    def test_that_are_empty_filter_nothing(self, owner: OperatorBrowser, desk: Desk, address: str) -> None:
        assert owner.get(address).status_code == 200

    def test_of_promotions_tell_those_that_are_off(self, owner: OperatorBrowser, desk: Desk) -> None:
        form = hidden(owner.get(f"/promotion?id={desk.promotion}"), "/promotion/switch") | {"reason": "it leaked"}

        before = [desk.promotion in words(owner.get(f"/promotions?state={state}")) for state in ("on", "off", "over")]
        owner.post("/promotion/switch", form)
        after = [desk.promotion in words(owner.get(f"/promotions?state={state}")) for state in ("on", "off", "over")]

        assert before == [True, False, False]
        assert after == [False, True, False]
        assert desk.promotion in words(owner.get("/promotions?kind=percent_off"))
        assert desk.promotion not in words(owner.get("/promotions?kind=free_package"))

    def test_of_accounts_tell_those_for_tests(self, owner: OperatorBrowser, desk: Desk) -> None:
        assert desk.account in words(owner.get("/accounts"))
        assert desk.account not in words(owner.get("/accounts?only=test"))
        assert desk.account not in words(owner.get("/accounts?only=blocked"))
