"""How a buyer chooses what is written to them, in the account and by the link of a mail."""

import re
import uuid

import pytest

from domain.notices.notice import NoticeKind
from domain.notices.unsubscribe import Unsubscription, write_token
from tests.web.portal.browser import Browser
from tests.workers.minutes.harness import MinutesHarness

CHOICES = "/settings/notices"


def ticked(browser: Browser) -> set[str]:
    """What is ticked on the page of choices."""
    return set(re.findall(r'value="([a-z_]+\.[a-z]+)" checked', browser.get(CHOICES).text))


def choose(browser: Browser, *wanted: str, form_id: str | None = None, **more: str) -> str:
    """Send the form of choices, and return where it leads."""
    data = {"form_id": form_id or str(uuid.uuid4()), "wanted": list(wanted)} | more
    location: str = browser.send_form(CHOICES, data, of=CHOICES).headers["location"]
    return location


class TestChoices:
    def test_everything_is_wanted_at_first_but_receipts_cannot_be_chosen(self, signed_in: Browser) -> None:
        before = ticked(signed_in)

        assert "low_balance.mail" in before
        assert not any(one.startswith("purchase_receipt.") for one in before)
        assert 'value="22:00"' in signed_in.get(CHOICES).text

    def test_are_saved_and_shown_again(self, signed_in: Browser, harness: MinutesHarness) -> None:
        location = choose(signed_in, "low_balance.push", quiet_from="23:30", quiet_until="06:15")

        assert location == f"{CHOICES}?saved=true"
        assert "Сохранено." in signed_in.get(location).text
        assert ticked(signed_in) == {"low_balance.push"}
        assert harness.row()["quiet_from"].isoformat() == "23:30:00"

    def test_that_are_sent_twice_are_saved_once(self, signed_in: Browser, harness: MinutesHarness) -> None:
        form_id = str(uuid.uuid4())
        choose(signed_in, "low_balance.push", form_id=form_id)
        choose(signed_in, "low_balance.mail")

        choose(signed_in, "low_balance.push", form_id=form_id)

        assert ticked(signed_in) == {"low_balance.mail"}

    @pytest.mark.parametrize(("quiet_from", "quiet_until"), [("25:00", "06:00"), ("x", "y"), ("22:00", "")])
    def test_with_no_time_of_day_change_nothing(self, signed_in: Browser, quiet_from: str, quiet_until: str) -> None:
        before = ticked(signed_in)

        location = choose(signed_in, quiet_from=quiet_from, quiet_until=quiet_until)

        assert location == CHOICES
        assert ticked(signed_in) == before


class TestUnsubscribing:
    def link(self, browser: Browser, account: str) -> str:
        """The path in a mail about a low balance."""
        said = Unsubscription(account, NoticeKind.LOW_BALANCE)
        secret = browser.portal.context.channels.unsubscribe_secret
        return f"/unsubscribe/{write_token(said, secret=secret)}"

    def test_opening_the_link_changes_nothing(self, signed_in: Browser, harness: MinutesHarness) -> None:
        page = signed_in.get(self.link(signed_in, harness.account))

        assert "Осталось мало" in page.text or "Little is left" in page.text
        assert "low_balance.mail" in ticked(signed_in)

    def test_one_click_of_a_mail_program_is_enough(self, signed_in: Browser, harness: MinutesHarness) -> None:
        link = self.link(signed_in, harness.account)
        with Browser(signed_in.portal) as mail_program:
            answer = mail_program.post(link, {"List-Unsubscribe": "One-Click"}, headers={})

        assert answer.status_code == 200
        after = ticked(signed_in)
        assert "low_balance.mail" not in after
        assert {"low_balance.push", "out_of_minutes.mail"} <= after

    @pytest.mark.parametrize("token", ["x", "A" * 80, "%00"])
    def test_a_link_that_we_have_not_made_says_so(self, browser: Browser, token: str) -> None:
        assert browser.get(f"/unsubscribe/{token}").status_code == 404
        assert browser.post(f"/unsubscribe/{token}", headers={}).status_code == 404
