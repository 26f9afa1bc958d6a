"""What marketing does: a code, its cost, its batches; programmes; campaigns that a second person approves."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from domain.access.role import Role
from messages.promotions.codes import PromotionRedeemRequested
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.test_desk import hidden, send, words
from tests.web.portal.browser import Clock
from web.admin.settings import Admin
from workers.submit import Submission, submit


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(admin: Admin, owner: OperatorBrowser) -> Desk:
    """An account that has bought standard for its list price."""
    return open_desk(admin)


@pytest.fixture(scope="module")
def marketing(admin: Admin, clock: Clock) -> Iterator[OperatorBrowser]:
    """The browser of somebody in marketing."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.MARKETING)


def filled(browser: OperatorBrowser, path: str, **typed: str) -> dict[str, str]:
    """Return a form of a page, filled in."""
    return hidden(browser.get(path), path) | typed


def made(browser: OperatorBrowser, path: str, **typed: str) -> httpx.Response:
    """Send a form, look at what it says it costs, and send it again to make it."""
    shown = send(browser, path, filled(browser, path, do="preview", **typed))
    assert shown.status_code == 200, words(shown)
    return send(browser, path, hidden(shown, path) | typed | {"do": "make"})


def acts(desk: Desk, object_name: str) -> list[dict[str, Any]]:
    """Return the lines of the audit log about a thing."""
    return desk.harness.minutes.select(
        "SELECT action, reason, detail, event_id FROM audit_log WHERE object = :object ORDER BY id", object=object_name
    )


class TestPromotion:
    def test_shows_its_cost_before_it_is_made(self, marketing: OperatorBrowser, desk: Desk) -> None:
        typed = {"promotion_id": "tenth", "kind": "percent_off", "percent": "10", "code": "TENTH", "uses": "5"}

        shown = send(marketing, "/promotion/new", filled(marketing, "/promotion/new", do="preview", **typed))

        less = desk.order()["list_price_minor"] // 10
        assert f"1 purchase would have used it: RUB {less / 100:.2f} less" in words(shown)
        assert f"At the worst, by its limits: RUB {5 * less / 100:.2f} less" in words(shown)
        assert marketing.get("/promotion?id=tenth").status_code == 404

    def test_is_made_once_however_often_it_is_sent(self, marketing: OperatorBrowser, desk: Desk) -> None:
        path = "/promotion/new"
        typed = {
            "promotion_id": "autumn.2026",
            "kind": "amount_off",
            "amounts": "50.00 RUB, 1 EUR",
            "code": "AUTUMN",
            "uses": "100",
            "uses_each": "2",
            "minimum": "100 rub",
            "ends": "2999-01-01 00:00",
            "budget": "1000 RUB, 20 EUR",
            "reason": "the autumn letter",
        }
        shown = send(marketing, path, filled(marketing, path, do="preview", **typed))
        form = hidden(shown, path) | typed | {"do": "make"}

        answers = [send(marketing, path, form), send(marketing, path, form)]

        assert [answer.headers["location"] for answer in answers] == ["/promotion?id=autumn.2026&done=made"] * 2
        assert "It is made." in words(marketing.get(answers[0].headers["location"]))
        [row] = desk.harness.minutes.select("SELECT * FROM promotion WHERE id = 'autumn.2026'")
        assert row["amounts_minor"] == {"RUB": 5_000, "EUR": 100}
        assert (row["uses_limit"], row["uses_each"]) == (100, 2)
        assert row["conditions"]["minimum_minor"] == {"RUB": 10_000}
        assert row["budget_minor"] == {"RUB": 100_000, "EUR": 2_000}
        assert row["created_by"] == marketing.name
        [act] = acts(desk, "promotion:autumn.2026")
        assert (act["action"], act["reason"]) == ("promotion.create", "the autumn letter")

    def test_that_was_changed_after_its_cost_was_shown_is_shown_again(self, marketing: OperatorBrowser) -> None:
        path, typed = "/promotion/new", {"promotion_id": "sly", "kind": "percent_off", "percent": "1", "code": "SLY"}
        shown = send(marketing, path, filled(marketing, path, do="preview", **typed))

        answer = send(
            marketing, path, hidden(shown, path) | typed | {"percent": "90", "do": "make", "reason": "a slip"}
        )

        assert "Nothing is made yet." in words(answer)
        assert marketing.get("/promotion?id=sly").status_code == 404

    def test_that_is_refused_keeps_what_was_typed(self, marketing: OperatorBrowser) -> None:
        typed = {"promotion_id": "wrong", "kind": "percent_off", "percent": "190", "uses": "many", "minimum": "5 XXX"}

        page = send(marketing, "/promotion/new", filled(marketing, "/promotion/new", do="preview", **typed))

        assert page.status_code == 409
        for name in ("percent", "uses", "minimum"):
            field = re.search(rf'<input id="{name}"[^>]*>', page.text)
            assert field is not None
            assert f'value="{typed[name]}"' in field[0]
            assert f"{name}-error" in field[0].split("aria-describedby=")[1]
            assert f'id="{name}-error"' in page.text

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"percent": "190"}, "Percent : A percentage up to 100 is wanted"),
            ({"uses": "many"}, "Uses in all : A whole number"),
            ({"promotion_id": "Not so"}, "Its name : Small letters, digits, dots and hyphens are wanted."),
            ({"starts": "2020-01-01", "ends": "2020-02-01"}, "Until before : It is in the past."),
            ({"starts": "2999-02-01", "ends": "2999-01-01"}, "Until before : It is not after “From”."),
            ({"account_id": "a-1"}, "For one account alone : It needs a code."),
            ({"alone": "on"}, "Kind : It gives nothing without a purchase"),
            ({"currencies": ",".join(["RUB"] * 51)}, "Currencies : Tuple should have at most 50 items"),
        ],
    )
    def test_of_a_wrong_field_calls_it_as_its_label_does(
        self, marketing: OperatorBrowser, typed: dict[str, str], says: str
    ) -> None:
        form = {"promotion_id": "wrong", "kind": "percent_off", "percent": "10"} | typed

        page = send(marketing, "/promotion/new", filled(marketing, "/promotion/new", do="preview", **form))

        assert page.status_code == 409
        assert says in words(page)

    def test_says_why_it_would_not_have_counted(self, marketing: OperatorBrowser, desk: Desk) -> None:
        typed = {"promotion_id": "dear", "kind": "percent_off", "percent": "10", "code": "DEAR", "minimum": "90000 RUB"}

        shown = send(marketing, "/promotion/new", filled(marketing, "/promotion/new", do="preview", **typed))

        assert "0 purchases would have used it" in words(shown)
        assert "It would not have counted for 1 below the least price." in words(shown)

    def test_of_a_known_code_is_refused_with_the_reason(self, marketing: OperatorBrowser, desk: Desk) -> None:
        [known] = desk.harness.minutes.select("SELECT text FROM promo_code LIMIT 1")
        typed = {
            "promotion_id": "twin",
            "kind": "percent_off",
            "percent": "5",
            "code": known["text"],
            "reason": "why not",
        }

        answer = made(marketing, "/promotion/new", **typed)

        assert answer.status_code == 409
        assert "looks the same" in words(answer)

    def test_needs_a_reason(self, marketing: OperatorBrowser) -> None:
        answer = made(marketing, "/promotion/new", promotion_id="mute", kind="percent_off", percent="5", code="MUTE")

        assert answer.status_code == 409
        assert "Say why" in words(answer)

    def test_is_not_supports(self, admin: Admin, clock: Clock) -> None:
        with OperatorBrowser(admin, clock) as support:
            support.enter(Role.SUPPORT)

            assert support.get("/promotion/new").status_code == 403
            assert support.send_form("/promotion/new", {"form_id": "12345678"}).status_code == 403


class TestBatch:
    def test_is_given_out_once_and_again_only_when_that_is_known(self, marketing: OperatorBrowser, desk: Desk) -> None:
        typed = {
            "promotion_id": "letter",
            "kind": "bonus_seconds",
            "minutes": "30",
            "alone": "on",
            "reason": "a letter",
        }
        page = marketing.get(made(marketing, "/promotion/new", **typed).headers["location"])
        form = hidden(page, "/promotion/batch") | {"codes": "3", "reason": "for the letter"}
        page = marketing.get(send(marketing, "/promotion/batch", form).headers["location"])
        export = hidden(page, "/promotion/batch/export") | {"reason": "to the printer"}

        file = send(marketing, "/promotion/batch/export", export)
        refused = send(marketing, "/promotion/batch/export", export | {"form_id": "another-form-1"})
        again = hidden(marketing.get("/promotion?id=letter"), "/promotion/batch/export") | {"reason": "it was lost"}
        second = send(marketing, "/promotion/batch/export", again)

        lines = file.content.decode("utf-8-sig").splitlines()
        assert lines[0] == "code"
        assert len(set(lines[1:])) == 3
        assert file.headers["content-disposition"] == 'attachment; filename="codes-letter-1.csv"'
        assert refused.status_code == 409
        assert f"{marketing.name} has exported it" in words(refused)
        assert second.content == file.content
        assert [act["action"] for act in acts(desk, "promotion:letter")] == [
            "promotion.create",
            "promotion.batch",
            "promotion.export",
            "promotion.export",
            "promotion.export",
        ]
        redeem = Submission(PromotionRedeemRequested, desk.account, {"code": lines[1]}, "test")
        assert submit(desk.harness.context, redeem).answer["granted_seconds"] == 1_800

    @pytest.mark.parametrize("codes", ["", "0", "20001", "three"])
    def test_of_no_number_says_so_beside_the_field(self, marketing: OperatorBrowser, desk: Desk, codes: str) -> None:
        page = marketing.get(f"/promotion?id={desk.promotion}")
        form = hidden(page, "/promotion/batch") | {"codes": codes, "reason": "for a test"}

        answer = send(marketing, "/promotion/batch", form)

        assert answer.status_code == 409
        assert 'id="codes-error"' in answer.text


class TestProgramme:
    def test_is_made_and_paused(self, marketing: OperatorBrowser, desk: Desk) -> None:
        path = "/programme/new"
        typed = {
            "programme_id": "third-2026",
            "trigger": "nth_purchase",
            "purchases": "3",
            "minutes": "60",
            "products": "standard, month",
            "uses": "500",
            "reason": "thanks",
        }

        answer = send(marketing, path, filled(marketing, path, **typed))

        assert answer.headers["location"] == "/programmes?done=made"
        [row] = desk.harness.minutes.select("SELECT * FROM programme WHERE id = 'third-2026'")
        assert (row["seconds"], row["purchases"], row["uses_limit"]) == (3_600, 3, 500)
        assert "third-2026" in words(marketing.get("/programmes"))

    def test_without_what_its_trigger_needs_says_so_beside_the_field(self, marketing: OperatorBrowser) -> None:
        typed = {"programme_id": "back", "trigger": "return", "minutes": "60", "reason": "come back"}

        answer = send(marketing, "/programme/new", filled(marketing, "/programme/new", **typed))

        assert answer.status_code == 409
        assert 'id="after_days-error"' in answer.text
        assert 'value="back"' in answer.text


class TestCampaign:
    def test_counts_first_and_waits_for_a_second_person(
        self, marketing: OperatorBrowser, owner: OperatorBrowser, desk: Desk
    ) -> None:
        typed = {
            "campaign_id": "sorry-1",
            "minutes": "100000",
            "why_given": "an outage",
            "products": "standard",
            "reason": "asked by support",
        }
        path = "/campaign/new"
        shown = send(marketing, path, filled(marketing, path, do="preview", **typed))

        answer = send(marketing, path, hidden(shown, path) | typed | {"do": "make"})

        assert "It is for 1 account," in words(shown)
        assert "Somebody else has to approve it" in words(shown)
        assert answer.headers["location"] == "/campaign?id=sorry-1&done=made"
        page = marketing.get("/campaign?id=sorry-1")
        assert "For whom Bought one of the products standard" in words(page)
        own = send(marketing, "/campaign/approve", hidden(page, "/campaign/approve") | {"reason": "mine"})
        assert own.status_code == 409
        page = owner.get("/campaign?id=sorry-1")
        other = send(owner, "/campaign/approve", hidden(page, "/campaign/approve") | {"reason": "it is right"})
        assert other.headers["location"] == "/campaign?id=sorry-1&done=approved"

    def test_for_more_than_was_shown_is_shown_again(self, marketing: OperatorBrowser, admin: Admin) -> None:
        path, typed = "/campaign/new", {"campaign_id": "grown", "minutes": "5", "why_given": "x", "everyone": "on"}
        shown = send(marketing, path, filled(marketing, path, do="preview", **typed))
        open_desk(admin)

        answer = send(marketing, path, hidden(shown, path) | typed | {"do": "make", "reason": "now"})

        assert "Nothing is made yet." in words(answer)
        assert marketing.get("/campaign?id=grown").status_code == 404

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"used_from": "2026-11-20"}, "Until before : It goes with the other end."),
            ({"used_from": "2026-11-20", "used_until": "2026-11-19"}, "Until before : It is not after"),
            ({"campaign_id": "So Sorry"}, "Its name : Small letters"),
            ({"minutes": "0"}, "Minutes for each account : A whole number"),
        ],
    )
    def test_of_a_wrong_field_calls_it_as_its_label_does(
        self, marketing: OperatorBrowser, typed: dict[str, str], says: str
    ) -> None:
        form = {"campaign_id": "wrong", "minutes": "5", "why_given": "x", "do": "preview"} | typed

        answer = send(marketing, "/campaign/new", filled(marketing, "/campaign/new", **form))

        assert answer.status_code == 409
        assert says in words(answer)

    def test_without_a_criterion_is_refused(self, marketing: OperatorBrowser) -> None:
        typed = {"campaign_id": "nobody", "minutes": "5", "why_given": "x", "do": "preview"}

        answer = send(marketing, "/campaign/new", filled(marketing, "/campaign/new", **typed))

        assert answer.status_code == 409
