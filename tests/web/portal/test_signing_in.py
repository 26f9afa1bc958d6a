"""Signing in by a link of Screph's program: once, within a minute, by a press; and what a session is worth after that."""

import logging
from datetime import timedelta

import pytest

from domain.access.session import IDLE, LONGEST
from tests.web.portal.browser import OWN_PAGE, Browser, Clock
from tests.workers.events import NOW, registered
from tests.workers.minutes.harness import MinutesHarness
from web.portal.settings import Portal
from workers.access.sessions import NoSuchAccount, hash_of, make_entry_link


class TestEntryLink:
    def test_opening_it_signs_nobody_in_and_uses_nothing_up(self, browser: Browser, harness: MinutesHarness) -> None:
        link = make_entry_link(browser.portal.context, harness.account, task="/", asked_by="test")

        for _ in range(3):
            page = browser.get(f"/enter/{link}")
            assert page.status_code == 200
            assert "set-cookie" not in page.headers
            assert page.headers["referrer-policy"] == "no-referrer"

        assert browser.post("/enter", {"token": link}).headers["location"] == "/"
        assert browser.get("/").status_code == 200

    def test_is_used_once(self, browser: Browser, harness: MinutesHarness) -> None:
        link = make_entry_link(browser.portal.context, harness.account, task="/", asked_by="test")
        browser.post("/enter", {"token": link})

        with Browser(browser.portal) as thief:
            answer = thief.post("/enter", {"token": link})

            assert answer.status_code == 410
            assert "set-cookie" not in answer.headers
            assert thief.get("/").headers["location"] == "/enter"

    def test_is_over_after_a_minute(self, browser: Browser, harness: MinutesHarness, clock: Clock) -> None:
        link = make_entry_link(browser.portal.context, harness.account, task="/", asked_by="test")
        clock.at = NOW + timedelta(seconds=60)

        assert browser.post("/enter", {"token": link}).status_code == 410

    def test_leads_to_its_task(self, browser: Browser, harness: MinutesHarness) -> None:
        assert browser.sign_in(harness.account, task="/history").headers["location"] == "/history"

    @pytest.mark.parametrize(
        "task", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1", "/a?b"]
    )
    def test_leads_to_no_other_host(self, browser: Browser, harness: MinutesHarness, task: str) -> None:
        assert browser.sign_in(harness.account, task=task).headers["location"] == "/"

    def test_is_made_for_accounts_that_are_known(self, portal: Portal) -> None:
        with pytest.raises(NoSuchAccount, match="no account nobody is known"):
            make_entry_link(portal.context, "nobody", task="/", asked_by="test")

    def test_stands_in_no_log_and_no_referrer(
        self, browser: Browser, harness: MinutesHarness, caplog: pytest.LogCaptureFixture
    ) -> None:
        link = make_entry_link(browser.portal.context, harness.account, task="/", asked_by="test")
        with caplog.at_level(logging.DEBUG):
            page = browser.get(f"/enter/{link}")
            browser.post("/enter", {"token": link})
            browser.post("/enter", {"token": link})

        assert page.headers["referrer-policy"] == "no-referrer"
        # The access log is switched off, but pytest gives every logger that is cut off a handler, which wakes it up.
        assert not logging.getLogger("uvicorn.access").propagate
        ours = ("httpx", "httpcore", "uvicorn.access")
        said = [record for record in caplog.records if not record.name.startswith(ours)]
        assert [record.name for record in said if link in record.getMessage()] == []

    def test_is_stored_as_a_hash_alone(self, browser: Browser, harness: MinutesHarness) -> None:
        link = make_entry_link(browser.portal.context, harness.account, task="/", asked_by="test")

        rows = harness.select("SELECT entry_link::text AS row, token_hash FROM entry_link")

        assert any(bytes(row["token_hash"]) == hash_of(link) for row in rows)
        assert all(link not in row["row"] for row in rows)


class TestSession:
    def test_is_begun_anew_by_each_link(self, signed_in: Browser, harness: MinutesHarness) -> None:
        first = signed_in.client.cookies["session"]

        signed_in.sign_in(harness.account)

        assert signed_in.client.cookies["session"] != first

    def test_cannot_be_chosen_by_somebody_else(self, browser: Browser, harness: MinutesHarness) -> None:
        browser.client.cookies.set("session", "chosen-by-somebody-else")
        cookie = browser.sign_in(harness.account).headers["set-cookie"]

        assert "chosen-by-somebody-else" not in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie

    def test_lives_while_it_is_seen_and_ninety_days_at_the_most(
        self, signed_in: Browser, harness: MinutesHarness, clock: Clock
    ) -> None:
        while clock.at - NOW < LONGEST - timedelta(days=10):
            clock.at += timedelta(days=10)
            assert signed_in.get("/").status_code == 200

        clock.at = NOW + LONGEST
        assert signed_in.get("/").headers["location"] == "/enter"

    def test_ends_when_it_was_not_seen_for_a_while(self, signed_in: Browser, clock: Clock) -> None:
        clock.at = NOW + IDLE

        assert signed_in.get("/").headers["location"] == "/enter"

    def test_ends_with_leaving(self, signed_in: Browser, harness: MinutesHarness) -> None:
        cookie = signed_in.client.cookies["session"]

        answer = signed_in.send_form("/leave")

        assert answer.headers["location"] == "/enter"
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
        signed_in.client.cookies.set("session", cookie)
        assert signed_in.get("/").headers["location"] == "/enter"

    def test_is_ended_from_another_browser(self, signed_in: Browser, harness: MinutesHarness) -> None:
        with Browser(signed_in.portal, **{"user-agent": "Another/1.0"}) as other:
            other.sign_in(harness.account)
            [row] = harness.select("SELECT id FROM portal_session WHERE device = 'Another/1.0'")

            assert f"/settings/devices/{row['id']}/end" in signed_in.get("/settings/devices").text
            signed_in.send_form(f"/settings/devices/{row['id']}/end")

            assert other.get("/").headers["location"] == "/enter"
            assert signed_in.get("/").status_code == 200

    def test_of_somebody_else_is_not_ended(self, signed_in: Browser, harness: MinutesHarness) -> None:
        stranger = MinutesHarness(harness.engine)
        stranger.apply(registered(stranger.account))
        with Browser(signed_in.portal, **{"user-agent": "Stranger/1.0"}) as other:
            other.sign_in(stranger.account)
            [row] = harness.select("SELECT id FROM portal_session WHERE device = 'Stranger/1.0'")

            assert "Stranger/1.0" not in signed_in.get("/settings/devices").text
            signed_in.send_form(f"/settings/devices/{row['id']}/end")

            assert other.get("/").status_code == 200


class TestForms:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"sec-fetch-site": "none"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "http://127.0.0.1.evil.example"},
        ],
    )
    def test_from_elsewhere_are_refused(self, signed_in: Browser, headers: dict[str, str]) -> None:
        secret = signed_in.form_secret()

        answer = signed_in.post("/leave", {"form_secret": secret}, headers=headers)

        assert answer.status_code == 403
        assert signed_in.get("/").status_code == 200

    def test_of_an_old_browser_are_taken_by_their_origin(self, signed_in: Browser) -> None:
        secret = signed_in.form_secret()

        answer = signed_in.post("/leave", {"form_secret": secret}, headers={"origin": signed_in.portal.address})

        assert answer.headers["location"] == "/enter"

    @pytest.mark.parametrize("secret", ["", "0" * 64, "é"])
    def test_without_the_secret_of_their_session_are_refused(self, signed_in: Browser, secret: str) -> None:
        assert signed_in.post("/leave", {"form_secret": secret}).status_code == 403

    def test_with_the_secret_of_another_session_are_refused(self, signed_in: Browser, harness: MinutesHarness) -> None:
        with Browser(signed_in.portal) as other:
            other.sign_in(harness.account)
            secret = other.form_secret()

        assert signed_in.post("/leave", {"form_secret": secret}).status_code == 403

    def test_of_nobody_say_that_nothing_happened(self, browser: Browser) -> None:
        answer = browser.post("/leave", headers=OWN_PAGE)

        assert answer.status_code == 401
        assert "You are signed out" in answer.text
