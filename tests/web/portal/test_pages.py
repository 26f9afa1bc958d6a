"""What a buyer reads: the true balance first, in words and in their language, and nothing of anybody else."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.routing import APIRoute

from i18n.language import LANGUAGES
from store.minutes.read import account_statement
from store.reading import reading
from tests.web.portal.browser import Browser
from tests.workers.events import NOW, grant, registered, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.payments.harness import fill_catalogue, fresh_harness
from web.portal.app import create_portal
from web.portal.settings import Portal
from web.portal.visitor import from_own_page, own_form, set_cookie
from web.portal.visitor import signed_in as signed_in_dependency

PUBLIC = {
    "/enter",
    "/enter/{token}",
    "/enter/mail",
    "/enter/code",
    "/enter/passkey",
    "/enter/passkey/challenge",
    "/appearance",
    "/static/{name}",
    "/healthz",
    "/unsubscribe/{token}",
    "/invited/{code}",
    "/widget",
    "/widget.js",
    "/app/{language}.webmanifest",
    "/service-worker.js",
    "/offline",
}

NOT_YET = "Насколько этого хватит, станет ясно через несколько дней использования."


def words(page: httpx.Response) -> str:
    """What stands in a page, without its tags; spaces are spaces."""
    text = re.sub(r"<[^>]+>", " ", page.text.split("<main", 1)[1].split("</main>")[0])
    return re.sub(r"\s+", " ", text.replace("\u00a0", " "))


class TestHome:
    @pytest.mark.parametrize(
        ("seconds", "left", "word", "tone"),
        [
            (18_000, "5 ч", "достаточно", "good"),
            (600, "10 мин", "осталось мало", "warn"),
            (300, "5 мин", "почти ничего", "bad"),
            (59, "59 с", "почти ничего", "bad"),
        ],
    )
    def test_says_what_is_left_by_number_and_word(
        self, signed_in: Browser, harness: MinutesHarness, seconds: int, left: str, word: str, tone: str
    ) -> None:
        harness.apply(grant(harness.account, seconds))

        page = signed_in.get("/")

        assert f"Осталось {left} {word}" in words(page)
        assert f'class="figure {tone}"' in page.text
        assert f"<title>Осталось {left} · Screph</title>" in page.text.replace("\u00a0", " ")

    def test_of_an_account_without_minutes_says_so(self, signed_in: Browser) -> None:
        text = words(signed_in.get("/"))

        assert "Осталось 0 с минут нет" in text
        assert "Минут пока нет" in text
        assert NOT_YET not in text

    def test_says_why_it_does_not_say_how_long_minutes_last(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 3600), usage(harness.account, 600))

        assert NOT_YET in words(signed_in.get("/"))

    def test_shows_the_spend_of_a_moment_ago(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 3600))
        signed_in.get("/")

        harness.apply(usage(harness.account, 600))

        assert "Осталось 50 мин" in words(signed_in.get("/"))

    def test_lists_packages_in_the_order_of_use(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(
            grant(harness.account, 3600),
            grant(harness.account, 600, kind="bonus", expires_at=NOW + timedelta(days=5)),
        )

        text = words(signed_in.get("/"))

        assert text.index("Бонус 10 мин") < text.index("Купленный 1 ч")

    def test_says_what_is_owed(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 600))

        assert "Долг: 10 мин. Сначала его погасят следующие купленные минуты." in words(signed_in.get("/"))

    def test_shows_nothing_of_another_account(self, signed_in: Browser, harness: MinutesHarness) -> None:
        stranger = MinutesHarness(harness.engine)
        stranger.apply(registered(stranger.account), grant(stranger.account, 77 * 60))

        assert "1 ч 17 мин" not in words(signed_in.get("/"))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_speaks_the_language_that_was_chosen(self, signed_in: Browser, language: str) -> None:
        answer = signed_in.post("/appearance", {"language": language, "theme": "dark", "back": "/history"})

        assert answer.headers["location"] == "/history"
        assert f'<html lang="{language}" dir="ltr" data-theme="dark">' in signed_in.get("/").text

    @pytest.mark.parametrize("back", ["https://evil.example", "//evil.example/", "/x?y"])
    def test_choosing_leads_to_no_other_host(self, browser: Browser, back: str) -> None:
        answer = browser.post("/appearance", {"language": "de", "theme": "auto", "back": back})

        assert answer.headers["location"] == "/"


class TestHistory:
    def test_says_what_happened_and_why(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 60), grant(harness.account, 600, kind="bonus"))
        harness.apply(usage(harness.account, 30))
        harness.apply(usage(harness.account, 900))

        text = words(signed_in.get("/history"))

        assert "Использовано Почему этот пакет? Бонусные минуты расходуются раньше купленных. Бонус −30 с" in text
        assert "Использовано в долг — −" in text
        assert "Начислено Купленный +1 мин" in text

    def test_stands_under_the_day_on_which_it_was_used(self, signed_in: Browser, harness: MinutesHarness) -> None:
        now = NOW
        harness.apply(grant(harness.account, 600, activated_at=now - timedelta(days=5)))
        days = [now - timedelta(days=back) for back in (3, 1, 2)]
        harness.apply(*(usage(harness.account, 10 + back, at=day) for back, day in enumerate(days)))

        page = signed_in.get("/history").text

        used = [re.findall(r"−(\d+)", part) for part in page.split("<h2>")[1:]]
        assert used == [["11"], ["12"], ["10"], []]

    def test_shows_a_refund_as_one_line(self, browser: Browser) -> None:
        fill_catalogue(browser.portal.context.engine)
        shop = fresh_harness(browser.portal.context.engine)
        shop.minutes.apply(registered(shop.account, locale="ru", currency="RUB"))
        browser.sign_in(shop.account)
        order_id, _ = shop.bought("standard", locale="ru")
        shop.refund(order_id)
        shop.hear_all()

        text = words(browser.get("/history"))

        with reading(browser.portal.context.engine) as session:
            booked = [line.kind.value for line in account_statement(session, shop.account, limit=9).lines]
        assert booked == ["grant", "freeze", "unfreeze", "void"]
        assert text.count("Списано при возврате Стандартный −5 ч") == 1
        assert "Заморожено" not in text
        assert "Разморожено" not in text

    def test_goes_on_page_by_page_to_the_first_line(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 36_000), *(usage(harness.account, 1 + number) for number in range(70)))
        path, seen, pages = "/history", "", 0

        while path:
            page = signed_in.get(path)
            seen, pages = seen + words(page), pages + 1
            found = re.search(r'href="(/history\?cursor=[^"]+)"', page.text)
            path = found.group(1) if found else ""

        assert pages == 3
        assert seen.count("Использовано") == 70
        assert "Начислено" in seen

    @pytest.mark.parametrize("cursor", ["x", "e30", "%00", "A" * 1999])
    def test_a_wrong_cursor_shows_the_newest_page(
        self, signed_in: Browser, harness: MinutesHarness, cursor: str
    ) -> None:
        harness.apply(grant(harness.account, 60))

        answer = signed_in.get(f"/history?cursor={cursor}")

        assert answer.status_code == 200
        assert "Начислено" in words(answer)

    def test_the_cursor_of_somebody_else_shows_nothing_of_them(
        self, signed_in: Browser, harness: MinutesHarness
    ) -> None:
        stranger = MinutesHarness(harness.engine)
        stranger.apply(registered(stranger.account, locale="ru"), grant(stranger.account, 36_000))
        stranger.apply(*(usage(stranger.account, 11) for _ in range(40)))
        with Browser(signed_in.portal) as other:
            other.sign_in(stranger.account)
            found = re.search(r'href="(/history\?cursor=[^"]+)"', other.get("/history").text)
        assert found is not None

        assert "−11 с" not in words(signed_in.get(found.group(1)))


class TestEveryPage:
    PAGES = ("/", "/history", "/settings/devices", "/enter", "/enter/abc", "/nope")

    @pytest.mark.parametrize("path", PAGES)
    def test_has_nothing_inline_and_is_kept_nowhere(self, signed_in: Browser, path: str) -> None:
        page = signed_in.get(path)

        assert re.findall(r"\sstyle=|\son[a-z]+=|javascript:|<style|<script(?![^>]* src=)", page.text) == []
        assert page.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("path", PAGES)
    def test_weighs_little(self, signed_in: Browser, harness: MinutesHarness, path: str) -> None:
        harness.apply(grant(harness.account, 36_000), *(usage(harness.account, 1 + number) for number in range(50)))

        assert len(signed_in.get(path).content) < 60_000

    def test_of_somebody_is_shown_to_nobody_else(self, browser: Browser, portal: Portal) -> None:
        routes = [route for route in _routes(portal) if route.path not in PUBLIC]
        assert len(routes) >= 5

        for route in routes:
            needed = {signed_in_dependency} if "GET" in route.methods else {own_form, signed_in_dependency}
            assert needed <= _dependencies(route.dependant), route.path

    def test_that_is_public_takes_forms_of_its_own_pages_alone(self, portal: Portal) -> None:
        # A mail program unsubscribes from nowhere; what its link may do is in the signature.
        signed = "/unsubscribe/{token}"
        forms = [route for route in _routes(portal) if route.path in PUBLIC - {signed} and "POST" in route.methods]
        assert len(forms) == 7

        for route in forms:
            assert {from_own_page, own_form} & _dependencies(route.dependant), route.path

    def test_over_tls_binds_its_cookies_to_the_host(self, portal: Portal) -> None:
        answer = Response()
        set_cookie(Portal(portal.context, "https://my.screph.example"), answer, "session", "value", seconds=60)

        [cookie] = answer.headers.getlist("set-cookie")
        assert cookie == "__Host-session=value; HttpOnly; Max-Age=60; Path=/; SameSite=lax; Secure"


def _routes(portal: Portal) -> list[APIRoute]:
    """Every route of the portal; FastAPI keeps those of included routers apart."""
    app: Any = create_portal(portal)
    while not isinstance(app, FastAPI):
        app = app._app  # what is inside the headers
    inside = [getattr(route, "original_router", None) for route in app.routes]
    found = [*app.routes, *(route for router in inside if router is not None for route in router.routes)]
    return [route for route in found if isinstance(route, APIRoute)]


def _dependencies(dependant) -> set[object]:  # type: ignore[no-untyped-def]
    calls = {dependant.call}
    for each in dependant.dependencies:
        calls |= _dependencies(each)
    return calls
