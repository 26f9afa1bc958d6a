"""Signing in by a mailed code: in the browser that asked, for ten minutes, five tries, and nobody learns who is known."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_network

import pytest
from sqlalchemy import text

from domain.access.sign_in_code import MAX_ASKED_FROM_ADDRESS, MAX_ASKED_OF_MAIL, MAX_TRIES, MAX_WRONG_OF_MAIL
from store.transaction import transaction
from tests.asgi.running import running
from tests.web.portal.browser import Browser, Clock
from tests.web.portal.test_pages import words
from tests.workers.events import NOW, registered
from tests.workers.minutes.harness import MinutesHarness
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.access.sessions import hash_of


@pytest.fixture
def known(harness: MinutesHarness) -> MinutesHarness:
    """The account with a mail address."""
    harness.apply(registered(harness.account, email=mail_of(harness), locale="ru", time_zone="Europe/Moscow"))
    return harness


@pytest.fixture
def far(portal: Portal) -> Iterator[Portal]:
    """The same portal behind a proxy that it believes."""
    behind = replace(portal, trusted_proxies=(ip_network("127.0.0.0/8"),))
    with running(create_portal(behind)) as url:
        yield Portal(portal.context, url)


def mail_of(harness: MinutesHarness) -> str:
    """The mail address of an account."""
    return f"{harness.account}@mail.example"


def codes(harness: MinutesHarness) -> list[str]:
    """The codes that are on their way to an account, the oldest first."""
    rows = harness.select("SELECT convert_from(body, 'UTF8')::jsonb AS body FROM outbox ORDER BY id")
    owed = [row["body"]["data"] for row in rows if row["body"].get("subject") == harness.account]
    return [one["content"]["code"] for one in owed if one.get("kind") == "sign_in_code"]


def another(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


class TestCode:
    def test_signs_in_the_browser_that_asked_and_leads_to_the_wanted_page(
        self, browser: Browser, known: MinutesHarness
    ) -> None:
        wanted = browser.get("/history").headers["location"]
        page = browser.get(wanted)
        assert 'name="following" value="/history"' in page.text

        location = browser.post("/enter/mail", {"mail": mail_of(known), "following": "/history"}).headers["location"]
        assert 'autocomplete="one-time-code"' in browser.get(location).text
        [code] = codes(known)
        answer = browser.post("/enter/code", {"code": f" {code[:3]} {code[3:]} ", "following": "/history"})

        assert answer.headers["location"] == "/history"
        assert browser.get("/history").status_code == 200

    def test_goes_to_whatever_case_the_address_has(self, browser: Browser, known: MinutesHarness) -> None:
        browser.post("/enter/mail", {"mail": mail_of(known).upper()})

        assert len(codes(known)) == 1

    def test_is_of_no_use_in_another_browser(self, browser: Browser, known: MinutesHarness) -> None:
        browser.post("/enter/mail", {"mail": mail_of(known)})
        [code] = codes(known)

        with Browser(browser.portal) as thief:
            assert thief.post("/enter/code", {"code": code}).status_code == 410
            assert thief.get("/enter/code").headers["location"] == "/enter"
            thief.post("/enter/mail", {"mail": mail_of(known)})
            newer = codes(known)[-1]
            if newer != code:
                assert thief.post("/enter/code", {"code": code}).status_code == 400
            assert thief.get("/").headers["location"] == "/enter"

    def test_counts_once(self, browser: Browser, known: MinutesHarness) -> None:
        browser.post("/enter/mail", {"mail": mail_of(known)})
        cookie = browser.client.cookies["code"]
        browser.post("/enter/code", {"code": codes(known)[0]})

        with Browser(browser.portal) as again:
            again.client.cookies.set("code", cookie)
            assert again.post("/enter/code", {"code": codes(known)[0]}).status_code == 410
            assert "session" not in again.client.cookies

    def test_is_over_after_ten_minutes(self, browser: Browser, known: MinutesHarness, clock: Clock) -> None:
        browser.post("/enter/mail", {"mail": mail_of(known)})
        clock.at = NOW + timedelta(minutes=10)

        answer = browser.post("/enter/code", {"code": codes(known)[0]})

        assert answer.status_code == 410
        assert "This code no longer works." in words(answer)

    def test_may_be_mistyped_four_times(self, browser: Browser, known: MinutesHarness) -> None:
        browser.post("/enter/mail", {"mail": mail_of(known)})
        [code] = codes(known)

        answers = [browser.post("/enter/code", {"code": another(code)}).status_code for _ in range(MAX_TRIES - 1)]

        assert set(answers) == {400}
        assert browser.post("/enter/code", {"code": code}).status_code == 303

    def test_counts_no_more_after_five_wrong_tries(self, browser: Browser, known: MinutesHarness) -> None:
        browser.post("/enter/mail", {"mail": mail_of(known)})
        [code] = codes(known)
        for _ in range(MAX_TRIES):
            browser.post("/enter/code", {"code": another(code)})

        answer = browser.post("/enter/code", {"code": code})

        assert answer.status_code == 429
        assert "session" not in browser.client.cookies

    def test_begins_a_session_that_nobody_could_have_chosen(self, browser: Browser, known: MinutesHarness) -> None:
        browser.client.cookies.set("session", "chosen-by-somebody-else")
        browser.post("/enter/mail", {"mail": mail_of(known)})

        cookies = browser.post("/enter/code", {"code": codes(known)[0]}).headers.get_list("set-cookie")

        assert len(cookies) == 2
        assert all("HttpOnly" in one and "SameSite=lax" in one and "Path=/" in one for one in cookies)
        assert "chosen-by-somebody-else" not in str(cookies)

    def test_is_stored_so_that_nobody_who_reads_the_row_can_type_it(
        self, browser: Browser, known: MinutesHarness
    ) -> None:
        browser.post("/enter/mail", {"mail": mail_of(known)})
        cookie, [code] = browser.client.cookies["code"], codes(known)

        [row] = known.select(
            "SELECT code.*, code::text AS row FROM sign_in_code AS code JOIN account ON account.number = code.account"
            f" WHERE account.id = '{known.account}'"
        )

        assert bytes(row["code_hash"]) != sha256(code.encode()).digest()
        assert bytes(row["browser_hash"]) == hash_of(cookie)
        assert cookie not in row["row"]

    @pytest.mark.parametrize("to", ["//evil.example", "https://evil.example/", "/\\evil", "/history?x=//evil"])
    def test_leads_to_no_other_host(self, browser: Browser, known: MinutesHarness, to: str) -> None:
        location = browser.post("/enter/mail", {"mail": mail_of(known), "following": to}).headers["location"]

        assert location == "/enter/code"
        code = codes(known)[0]
        assert browser.post("/enter/code", {"code": code, "following": to}).headers["location"] == "/"


class TestAskedFor:
    def test_addresses_that_nobody_has_are_answered_as_those_that_somebody_has(
        self, portal: Portal, known: MinutesHarness
    ) -> None:
        said = []
        for mail in (mail_of(known), f"nobody-{known.account}@mail.example"):
            with Browser(portal) as asking:
                answers = [asking.post("/enter/mail", {"mail": mail}), asking.get("/enter/code")]
                answers += [asking.post("/enter/code", {"code": "abc"}) for _ in range(MAX_TRIES + 1)]
                answers += [asking.post("/enter/mail", {"mail": mail}) for _ in range(MAX_ASKED_OF_MAIL)]
                said.append([(each.status_code, each.text.replace(mail, "MAIL")) for each in answers])

        assert said[0] == said[1]
        assert said[0][-1][0] == 429

    @pytest.mark.parametrize("mail", ["", "x", "@", "a@b", "a@", "@b.example", "a@b.example\r\nBcc: c@d.example"])
    def test_what_is_no_address_is_said_to_be_none(self, browser: Browser, mail: str) -> None:
        answer = browser.post("/enter/mail", {"mail": mail})

        assert answer.status_code == 400
        assert "This is not an email address." in words(answer)

    def test_by_another_site_is_refused(self, browser: Browser, known: MinutesHarness) -> None:
        headers = {"sec-fetch-site": "cross-site"}

        assert browser.post("/enter/mail", {"mail": mail_of(known)}, headers=headers).status_code == 403
        assert browser.post("/enter/code", {"code": "123456"}, headers=headers).status_code == 403
        assert codes(known) == []

    def test_too_often_for_one_address_mails_nothing_more(
        self, portal: Portal, known: MinutesHarness, clock: Clock
    ) -> None:
        for number in range(MAX_ASKED_OF_MAIL + 2):
            with Browser(portal) as asking:
                status = asking.post("/enter/mail", {"mail": mail_of(known)}).status_code
                assert status == (303 if number < MAX_ASKED_OF_MAIL else 429)

        assert len(codes(known)) == MAX_ASKED_OF_MAIL
        clock.at = NOW + timedelta(hours=1, seconds=1)
        with Browser(portal) as asking:
            assert asking.post("/enter/mail", {"mail": mail_of(known)}).status_code == 303

    def test_and_mistyped_for_a_day_counts_over_all_browsers(self, portal: Portal, known: MinutesHarness) -> None:
        for _ in range(MAX_WRONG_OF_MAIL // MAX_TRIES):
            with Browser(portal) as guessing:
                guessing.post("/enter/mail", {"mail": mail_of(known)})
                for _ in range(MAX_TRIES):
                    guessing.post("/enter/code", {"code": another(codes(known)[-1])})

        with Browser(portal) as last:
            last.post("/enter/mail", {"mail": mail_of(known)})
            assert last.post("/enter/code", {"code": codes(known)[-1]}).status_code == 429

    def test_from_one_place_for_many_addresses_ends(self, far: Portal, known: MinutesHarness) -> None:
        for number in range(MAX_ASKED_FROM_ADDRESS):
            with Browser(far, **{"x-forwarded-for": f"2a00:1450:4001:82b::{number:x}"}) as asking:
                assert asking.post("/enter/mail", {"mail": f"{number}-{mail_of(known)}"}).status_code == 303

        with Browser(far, **{"x-forwarded-for": "2a00:1450:4001:82b:ffff::1"}) as asking:
            assert asking.post("/enter/mail", {"mail": mail_of(known)}).status_code == 429
        with Browser(far, **{"x-forwarded-for": "2a00:1450:4001:82c::1"}) as elsewhere:
            assert elsewhere.post("/enter/mail", {"mail": mail_of(known)}).status_code == 303

    def test_of_a_closed_account_mails_nothing(self, browser: Browser, known: MinutesHarness) -> None:
        with transaction(known.engine) as session:
            session.execute(text(f"UPDATE account SET closed_at = now() WHERE id = '{known.account}'"))

        assert browser.post("/enter/mail", {"mail": mail_of(known)}).status_code == 303
        assert codes(known) == []
