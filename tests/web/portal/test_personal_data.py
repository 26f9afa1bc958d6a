"""A buyer's own data: downloaded whole, and erased with the account in two steps."""

import pytest
from sqlalchemy import text

from store.transaction import transaction
from tests.web.portal.browser import Browser
from tests.workers.minutes.harness import MinutesHarness


def closed_at(harness: MinutesHarness) -> object:
    return harness.row()["closed_at"]


class TestDownload:
    def test_is_of_the_account_that_is_signed_in_alone(self, signed_in: Browser, harness: MinutesHarness) -> None:
        answer = signed_in.get("/settings/data.json")

        found = answer.json()
        assert (found["format"], found["account"]["id"]) == ("screph-billing/person/1", harness.account)
        assert answer.headers["content-disposition"] == 'attachment; filename="screph-data.json"'
        assert answer.headers["cache-control"] == "no-store"
        assert "token_hash" not in answer.text

    def test_needs_somebody_who_is_signed_in(self, browser: Browser) -> None:
        assert browser.get("/settings/data.json").status_code == 303


class TestClosing:
    def test_takes_two_steps_and_signs_out(self, signed_in: Browser, harness: MinutesHarness) -> None:
        first = signed_in.send_form("/settings/close", {"is_sure": "true"})
        before = closed_at(harness)

        answer = signed_in.send_form("/settings/close/confirm", {"form_id": "form-0001"})

        assert (first.status_code, before) == (200, None)
        assert 'action="/settings/close/confirm"' in first.text
        assert answer.status_code == 200
        assert closed_at(harness) is not None
        assert "session" not in signed_in.client.cookies
        assert signed_in.get("/settings/data").status_code == 303
        [line] = harness.select(
            "SELECT standing, by FROM standing_change JOIN account ON number = account WHERE account.id = :account"
        )
        assert line == {"standing": "closed", "by": "portal"}

    def test_does_nothing_without_the_tick(self, signed_in: Browser, harness: MinutesHarness) -> None:
        answer = signed_in.send_form("/settings/close")

        assert answer.status_code == 409
        assert "/settings/close/confirm" not in answer.text
        assert closed_at(harness) is None

    @pytest.mark.parametrize("path", ["/settings/close", "/settings/close/confirm"])
    def test_is_refused_from_another_page(self, signed_in: Browser, harness: MinutesHarness, path: str) -> None:
        answer = signed_in.post(path, {"form_secret": "0" * 64, "is_sure": "true", "form_id": "form-0001"})

        assert answer.status_code == 403
        assert closed_at(harness) is None

    def test_says_what_happens_to_the_minutes(self, signed_in: Browser) -> None:
        signed_in.client.cookies.set("language", "en")

        page = signed_in.get("/settings/data").text

        assert "They cannot be used any more" in page
        assert "This cannot be undone." in page


class TestBlocked:
    def test_is_told_on_every_page(self, signed_in: Browser, harness: MinutesHarness) -> None:
        signed_in.client.cookies.set("language", "de")
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE account SET blocked_at = now() WHERE id = :id"), {"id": harness.account})

        pages = [signed_in.get(path).text for path in ("/", "/buy", "/topup", "/subscription")]

        assert all("Ihr Konto ist gesperrt" in page for page in pages)
        assert 'class="button primary" href="/buy"' not in pages[0]
        assert "genug" not in pages[0].split("</main>")[0]
