"""Inviting friends in the portal: a link of one's own, and an invitation that counts once and never for oneself."""

import re
import uuid

from messages.promotions.referrals import ReferralTermsSetRequested
from tests.web.portal.browser import Browser
from tests.web.portal.test_pages import words
from tests.workers.events import registered
from tests.workers.minutes.harness import MinutesHarness
from workers.submit import Submission, submit

TERMS = {
    "referrer_seconds": 1_800,
    "friend_seconds": 900,
    "monthly_limit": 5,
    "window_days": 14,
    "is_open": True,
    "created_by": "ann",
}


def open_inviting(browser: Browser) -> None:
    """Let friends be invited."""
    submit(browser.portal.context, Submission(ReferralTermsSetRequested, None, TERMS, "test", str(uuid.uuid4())))


def link_of(browser: Browser) -> str:
    """The path of the account's own link, which is made when it is asked for."""
    assert browser.send_form("/friends", {}, of="/friends").status_code == 303
    found = re.search(r"/invited/[A-Z0-9-]+", browser.get("/friends").text)
    assert found is not None
    return found.group()


def take(browser: Browser, link: str) -> int:
    """Take an invitation, and return the status of the answer."""
    return browser.send_form(link, {"form_id": str(uuid.uuid4())}, of=link).status_code


class TestFriends:
    def test_have_no_link_before_they_ask_for_one(self, signed_in: Browser) -> None:
        pages = [signed_in.get("/friends").text for _ in range(2)]

        assert not any("/invited/" in page for page in pages)
        assert "Создать мою ссылку" in pages[0]

    def test_have_one_link_for_ever(self, signed_in: Browser) -> None:
        assert link_of(signed_in) == link_of(signed_in)
        assert "Пока никого" in words(signed_in.get("/friends"))

    def test_an_invitation_is_shown_to_whoever_has_the_link(self, signed_in: Browser) -> None:
        with Browser(signed_in.portal, **{"accept-language": "ru"}) as stranger:
            text = words(stranger.get(link_of(signed_in)))

        assert "Друг приглашает вас" in text
        assert "приглашение вас подождёт" in text

    def test_who_has_come_stands_there_without_a_name(self, signed_in: Browser, harness: MinutesHarness) -> None:
        open_inviting(signed_in)
        link = link_of(signed_in)
        friend = MinutesHarness(harness.engine)
        friend.apply(registered(friend.account))
        with Browser(signed_in.portal) as other:
            other.sign_in(friend.account)
            assert take(other, link) == 303
            assert take(other, link) == 409

        page = signed_in.get("/friends")

        assert "ещё не покупал" in words(page)
        assert friend.account not in page.text

    def test_nobody_invites_themselves(self, signed_in: Browser) -> None:
        open_inviting(signed_in)

        assert take(signed_in, link_of(signed_in)) == 409
        assert "Пока никого" in words(signed_in.get("/friends"))

    def test_a_code_that_nobody_has_is_refused_alike(self, signed_in: Browser) -> None:
        open_inviting(signed_in)

        assert take(signed_in, "/invited/2222-3333-4444") == 409
