"""Notices on devices: a browser is noted once, may change its owner, and is forgotten when it says so."""

import pytest

from store.engine import Engine
from store.notices.read import list_push_subscriptions
from store.reading import reading
from tests.web.portal.browser import Browser
from tests.workers.events import registered
from tests.workers.minutes.harness import MinutesHarness
from web.portal.settings import Portal

KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


def endpoint(account: str) -> str:
    """An address at a push service that the installation names."""
    return f"https://fcm.googleapis.com/fcm/send/{account}"


def browsers(engine: Engine, account: str) -> list[str]:
    """The addresses of an account's browsers."""
    with reading(engine) as session:
        return [line.endpoint for line in list_push_subscriptions(session, account)]


class TestABrowser:
    def test_is_noted_once_however_often_it_says_so(
        self, signed_in: Browser, shared_engine: Engine, harness: MinutesHarness
    ) -> None:
        form = {"endpoint": endpoint(harness.account)} | KEYS

        answers = [signed_in.send_form("/push", form).status_code for _ in range(2)]

        assert answers == [204, 204]
        assert browsers(shared_engine, harness.account) == [endpoint(harness.account)]

    def test_is_forgotten_when_it_says_so(
        self, signed_in: Browser, shared_engine: Engine, harness: MinutesHarness
    ) -> None:
        signed_in.send_form("/push", {"endpoint": endpoint(harness.account)} | KEYS)

        answer = signed_in.send_form("/push/end", {"endpoint": endpoint(harness.account)})

        assert answer.status_code == 204
        assert browsers(shared_engine, harness.account) == []

    def test_is_forgotten_by_the_list_without_a_script(
        self, signed_in: Browser, shared_engine: Engine, harness: MinutesHarness
    ) -> None:
        signed_in.send_form("/push", {"endpoint": endpoint(harness.account)} | KEYS)
        page = signed_in.get("/settings/notices").text
        path = page.split('action="/push/')[1].split('"')[0]

        answer = signed_in.send_form(f"/push/{path}")

        assert answer.status_code == 303
        assert browsers(shared_engine, harness.account) == []

    def test_of_somebody_else_stays(
        self, signed_in: Browser, portal: Portal, shared_engine: Engine, harness: MinutesHarness
    ) -> None:
        other = MinutesHarness(shared_engine)
        with Browser(portal) as theirs:
            other.apply(registered(other.account))
            theirs.sign_in(other.account)
            theirs.send_form("/push", {"endpoint": endpoint(other.account)} | KEYS)
            path = theirs.get("/settings/notices").text.split('action="/push/')[1].split('"')[0]

        signed_in.send_form(f"/push/{path}")

        assert browsers(shared_engine, other.account) == [endpoint(other.account)]

    @pytest.mark.parametrize("wrong", [{"endpoint": "ftp://fcm.googleapis.com/x"}, {"auth": "!"}, {"endpoint": "no"}])
    def test_with_an_address_or_keys_that_are_none_is_refused(
        self, signed_in: Browser, shared_engine: Engine, harness: MinutesHarness, wrong: dict[str, str]
    ) -> None:
        answer = signed_in.send_form("/push", {"endpoint": endpoint(harness.account)} | KEYS | wrong)

        assert answer.status_code == 422
        assert browsers(shared_engine, harness.account) == []

    def test_of_another_site_is_refused(self, signed_in: Browser, harness: MinutesHarness) -> None:
        form = {"endpoint": endpoint(harness.account)} | KEYS

        answer = signed_in.post("/push", form, headers={"sec-fetch-site": "cross-site"})

        assert answer.status_code == 403
