"""Every route of the portal, by one walk: headers, nothing inline, forms of our own pages alone, no way out, no secret."""

import re
import uuid
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from store.engine import Engine
from tests.asgi.running import running
from tests.asgi.test_secret_path import _Spans
from tests.web.portal.browser import OWN_PAGE, Browser
from tests.web.portal.test_buying import Shop, saved
from tests.web.portal.test_pages import PUBLIC, _routes, words
from tests.workers.events import registered
from tests.workers.payments.harness import fill_catalogue, fresh_harness
from web.portal.app import TELEMETRY, create_portal, has_secret
from web.portal.settings import Portal
from workers.access.sessions import make_entry_link

TOKEN = "t0ken-that-nobody-may-see"

GETS = {
    "/": "/",
    "/app/{language}.webmanifest": None,
    "/appearance": None,
    "/buy": "/buy?code=NONE",
    "/enter": "/enter?next=/history",
    "/enter/code": "/enter/code",
    "/enter/{token}": f"/enter/{TOKEN}",
    "/events": None,
    "/friends": "/friends",
    "/healthz": None,
    "/history": "/history?only=in",
    "/history.csv": "/history.csv",
    "/invited/{code}": "/invited/abcd",
    "/offline": None,
    "/packages": "/packages",
    "/pay/{order_id}": "/pay/{order_id}",
    "/receipts": "/receipts",
    "/receipts/{order_id}": "/receipts/{order_id}",
    "/receipts/{order_id}/refund": "/receipts/{order_id}/refund",
    "/return/{order_id}": "/return/{order_id}",
    "/service-worker.js": None,
    "/settings/data": "/settings/data",
    "/settings/data.json": None,
    "/settings/devices": "/settings/devices",
    "/settings/notices": "/settings/notices",
    "/static/{name}": None,
    "/subscription": "/subscription",
    "/subscription/change": "/subscription/change",
    "/subscription/method": "/subscription/method",
    "/subscription/method/returned/{setup_id}": "/subscription/method/returned/abc",
    "/subscription/started/{form_id}": "/subscription/started/abc",
    "/topup": "/topup",
    "/unsubscribe/{token}": f"/unsubscribe/{TOKEN}",
    "/widget": None,
    "/widget.js": None,
}
"""Each route that is read -> an address of it; None: it is no page, or has tests of its own."""

POSTS = {
    "/appearance": {"language": "de", "theme": "dark"},
    "/buy": {"product_id": "standard", "form_id": "walk-buy"},
    "/buy/gift": {"code": "NONE", "form_id": "walk-gift"},
    "/enter": {"token": TOKEN},
    "/enter/code": {"code": "123456"},
    "/enter/mail": {"mail": "nobody@mail.example"},
    "/enter/passkey": {"passkey": "{}"},
    "/enter/passkey/challenge": {},
    "/invited/{code}": {"form_id": "walk-invited"},
    "/leave": {},
    "/push": {"endpoint": "https://evil.example/", "p256dh": "x", "auth": "x"},
    "/push/end": {"endpoint": "https://evil.example/"},
    "/push/{push_id}/end": {},
    "/friends": {},
    "/receipts/{order_id}/refund": {"form_id": "walk-refund", "amount_minor": "1"},
    "/settings/close": {"is_sure": "true"},
    "/settings/close/confirm": {"form_id": "walk-close"},
    "/settings/devices/{session_id}/end": {},
    "/settings/notices": {"form_id": "walk-notices", "quiet_from": "22:00", "quiet_until": "08:00"},
    "/settings/passkeys": {},
    "/settings/passkeys/add": {"name": "x", "passkey": "{}"},
    "/settings/passkeys/{passkey_id}/remove": {},
    "/subscription": {"action": "pause", "subscription_id": "x", "form_id": "walk-pause"},
    "/subscription/change": {
        "product_id": "monthly",
        "form_id": "walk-change",
        "when": "now",
        "expected_minor": "1",
    },
    "/subscription/method": {"action": "forget", "method_id": "1", "form_id": "walk-forget"},
    "/subscription/method/new": {"form_id": "walk-new"},
    "/subscription/start": {"product_id": "monthly", "form_id": "walk-start"},
    "/topup": {"action": "off", "form_id": "walk-topup"},
}
"""Each form that is sent from our own pages -> fields that it takes."""

PAGES = [path for path, sample in GETS.items() if sample is not None]

SOMEBODYS = [path for path in POSTS if path not in PUBLIC - {"/invited/{code}"}]

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def shop(shared_engine: Engine) -> Iterator[Shop]:
    """A buyer who has bought, is subscribed to nothing, and has a card."""
    fill_catalogue(shared_engine)
    harness = fresh_harness(shared_engine)
    harness.minutes.apply(registered(harness.account, locale="en", currency="RUB"))
    saved(harness)
    with running(create_portal(Portal(harness.context, "http://127.0.0.1:1"))) as url:
        with Browser(Portal(harness.context, url)) as browser:
            browser.sign_in(harness.account)
            yield Shop(harness, browser)


@pytest.fixture(scope="module")
def order_id(shop: Shop) -> str:
    """An order that is paid."""
    return shop.harness.bought("standard")[0]


@pytest.fixture(autouse=True)
def signed_in_again(shop: Shop) -> None:
    """Whatever a test has ended begins anew."""
    if "session" not in shop.browser.client.cookies or shop.browser.get("/").status_code != 200:
        shop.browser.sign_in(shop.harness.account)


def address(path: str, order_id: str) -> str:
    """An address of a route."""
    sample = GETS.get(path) or path
    return re.sub(
        r"\{(?:session|push|passkey)_id\}", "1", sample.replace("{order_id}", order_id).replace("{code}", "abcd")
    )


def follow(browser: Browser, path: str) -> httpx.Response:
    """The page to which an address leads at last."""
    answer = browser.get(path)
    while answer.is_redirect:
        answer = browser.get(answer.headers["location"])
    return answer


class TestWalk:
    def test_has_a_sample_for_every_route(self, shop: Shop) -> None:
        routes = {(method, route.path) for route in _routes(shop.browser.portal) for method in route.methods}

        assert {path for method, path in routes if method == "GET"} == set(GETS) - {"/appearance"}
        assert {path for method, path in routes if method == "POST"} == set(POSTS) | {"/unsubscribe/{token}"}

    @pytest.mark.parametrize("path", PAGES)
    def test_keeps_browsers_from_everything_but_showing_it(self, shop: Shop, order_id: str, path: str) -> None:
        for answer in (shop.browser.get(address(path, order_id)), follow(shop.browser, address(path, order_id))):
            policy = answer.headers["content-security-policy"]

            assert HEADERS.items() <= dict(answer.headers).items()
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
            assert "unsafe" not in policy
            assert "*" not in policy
            for part in ("default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
                assert part in policy

    @pytest.mark.parametrize("path", PAGES)
    def test_has_nothing_inline_and_nothing_of_others(self, shop: Shop, order_id: str, path: str) -> None:
        text = follow(shop.browser, address(path, order_id)).text

        assert re.findall(r"\sstyle=|\son[a-z]+=|javascript:|<style|<script(?![^>]* src=)|hx-on|<base", text) == []
        for source in re.findall(r'<(?:script|link|img|iframe|use)[^>]*(?:src|href)="([^"]+)"', text):
            assert source.startswith(("/static/", "/app/")), source

    @pytest.mark.parametrize("path", PAGES)
    def test_has_forms_that_stay_here_and_carry_the_secret_of_the_session(
        self, shop: Shop, order_id: str, path: str
    ) -> None:
        text = follow(shop.browser, address(path, order_id)).text

        for attributes, inside in re.findall(r"<form([^>]*)>(.*?)</form>", text, re.S):
            action = re.search(r'action="([^"]*)"', attributes)
            assert action is None or re.match(r"/(?!/)", unescape(action.group(1)))
            if 'method="post"' in attributes and action and action.group(1) not in PUBLIC:
                assert 'name="form_secret"' in inside or action.group(1).startswith("/unsubscribe/")

    @pytest.mark.parametrize("path", PAGES)
    def test_shows_its_visitor_no_secret_of_the_session(self, shop: Shop, order_id: str, path: str) -> None:
        answer = shop.browser.get(address(path, order_id))
        cookie, secret = shop.browser.client.cookies["session"], shop.browser.form_secret()

        assert cookie not in answer.text
        assert not re.search(rf'(?:href|src|action|url)="?[^">]*{secret}', answer.text)
        assert secret not in answer.headers.get("location", "")

    @pytest.mark.parametrize("path", sorted(set(PAGES) - PUBLIC))
    def test_of_somebody_leads_others_to_the_sign_in(self, shop: Shop, order_id: str, path: str) -> None:
        with Browser(shop.browser.portal) as nobody:
            answer = nobody.get(address(path, order_id))

        assert answer.status_code == 303
        assert re.fullmatch(r"/enter(\?next=/[^/].*)?", answer.headers["location"])
        assert answer.content == b""

    @pytest.mark.parametrize("path", [path for path in PAGES if "{order_id}" in path])
    def test_of_somebody_else_is_as_if_there_were_none(self, shop: Shop, order_id: str, path: str) -> None:
        other = fresh_harness(shop.harness.engine)
        other.minutes.apply(registered(other.account, locale="en"))
        with Browser(shop.browser.portal) as stranger:
            stranger.sign_in(other.account)
            theirs, nobodys = (stranger.get(address(path, one)) for one in (order_id, str(uuid.uuid4())))

        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert words(theirs) == words(nobodys)


class TestForms:
    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize(
        "headers",
        [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "none"}, {"origin": "https://evil.example"}],
        ids=["neither", "cross-site", "none", "origin"],
    )
    def test_of_other_sites_are_refused(self, shop: Shop, order_id: str, path: str, headers: dict[str, str]) -> None:
        data = POSTS[path] | {"form_secret": shop.browser.form_secret()}

        answer = shop.browser.post(address(path, order_id), data, headers=headers)

        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    @pytest.mark.parametrize("path", SOMEBODYS)
    @pytest.mark.parametrize("secret", ["", "0" * 64])
    def test_without_the_secret_of_the_session_are_refused(
        self, shop: Shop, order_id: str, path: str, secret: str
    ) -> None:
        answer = shop.browser.post(address(path, order_id), POSTS[path] | {"form_secret": secret})

        assert answer.status_code == 403

    @pytest.mark.parametrize("path", SOMEBODYS)
    def test_of_nobody_change_nothing(self, shop: Shop, order_id: str, path: str) -> None:
        with Browser(shop.browser.portal) as nobody:
            answer = nobody.post(address(path, order_id), POSTS[path])

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "text/html; charset=utf-8"

    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize(
        "nasty",
        [
            "\x00",
            "'; DROP TABLE account; --",
            "<script>alert(1)</script>",
            "9" * 400,
            "\ud800".encode("utf-16", "surrogatepass").hex(),
        ],
    )
    def test_with_nonsense_in_every_field_are_answered_with_a_page(
        self, shop: Shop, order_id: str, path: str, nasty: str
    ) -> None:
        data = dict.fromkeys(POSTS[path], nasty) | {"form_secret": shop.browser.form_secret()}

        answer = shop.browser.post(address(path, order_id), data)

        assert answer.status_code < 500
        assert "<script>alert" not in answer.text
        assert "application/json" not in answer.headers.get("content-type", "")
        if answer.is_redirect:
            assert re.match(r"/(?!/)", answer.headers["location"])

    def test_that_are_too_large_are_refused(self, shop: Shop) -> None:
        data = {"form_secret": shop.browser.form_secret(), "reason": "x" * 70_000}

        assert shop.browser.post("/subscription", data).status_code == 413


class TestSecrets:
    @pytest.mark.parametrize("path", [f"/enter/{TOKEN}", f"/unsubscribe/{TOKEN}", "/enter/code", f"/invited/{TOKEN}"])
    def test_of_paths_stand_in_no_trace(self, path: str) -> None:
        spans = _Spans()
        config: Any = TELEMETRY | {"tracer_provider": spans}
        app = FastAPI(telemetry=config)
        app.add_api_route("/{anything:path}", lambda anything: None, methods=["GET"])

        with running(app) as url:
            assert httpx.get(url + path).status_code == 200
            assert has_secret({"path": path})
            assert TOKEN not in repr(spans.started)
            httpx.get(url + "/history")

        assert any(span.get("url.path") == "/history" for span in spans.started)

    def test_of_the_session_end_with_it(self, shop: Shop) -> None:
        cookie = shop.browser.client.cookies["session"]

        answer = shop.browser.send_form("/leave")

        assert '"cache", "storage"' in answer.headers["clear-site-data"]
        with Browser(shop.browser.portal) as thief:
            thief.client.cookies.set("session", cookie)
            assert thief.get("/").headers["location"] == "/enter"


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil.example"])
    def test_of_others_get_nothing(self, shop: Shop, host: str) -> None:
        answer = shop.browser.get("/", host=host)

        assert answer.status_code == 400
        assert "Screph" not in answer.text

    def test_do_not_matter_to_whoever_watches_the_process(self, shop: Shop) -> None:
        assert shop.browser.get("/healthz", host="10.1.2.3:8001").status_code == 200

    def test_over_tls_are_asked_for_tls_alone(self, shop: Shop) -> None:
        portal = Portal(shop.harness.context, "https://my.screph.example")
        with running(create_portal(portal)) as url:
            page = httpx.get(url + "/enter", headers={"host": "my.screph.example"})

        assert page.headers["strict-transport-security"].startswith("max-age=31536000")


class TestCookies:
    def test_over_tls_are_bound_to_the_host_and_out_of_reach_of_scripts(self, shop: Shop) -> None:
        portal = Portal(shop.harness.context, "https://my.screph.example")
        link = make_entry_link(shop.harness.context, shop.harness.account, task="/", asked_by="test")
        headers = OWN_PAGE | {"host": "my.screph.example"}
        with running(create_portal(portal)) as url:
            answers = [
                httpx.post(url + "/enter", data={"token": link}, headers=headers),
                httpx.post(url + "/enter/mail", data={"mail": "a@mail.example"}, headers=headers),
                httpx.post(url + "/appearance", data={"language": "de", "theme": "dark"}, headers=headers),
            ]

        cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
        assert {cookie.split("=")[0] for cookie in cookies} == {
            f"__Host-{name}" for name in ("session", "code", "language", "theme")
        }
        for cookie in cookies:
            parts = {part.strip().lower() for part in cookie.split(";")}
            assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
            assert not any(part.startswith("domain") for part in parts)
