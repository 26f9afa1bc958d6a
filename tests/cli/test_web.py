"""`billing web`: which applications it serves."""

import pytest

from boot.settings import Settings
from cli.web_apps import api_settings
from domain.access.scope import TokenKind
from tests.journeys.billing import Billing


@pytest.mark.parametrize(("apps", "named"), [("api,shop", "shop"), (" , ", "nothing")])
def test_refuses_an_application_that_there_is_not(apps: str, named: str) -> None:
    done = Billing({})("web", "--apps", apps)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"billing: --apps names {named}; there are api, portal, admin\n"


def test_lets_tokens_ask_as_often_as_the_installation_has_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = api_settings(Settings()).limits
    monkeypatch.setenv("WEB_API_READS_PER_MINUTE", "7")
    monkeypatch.setenv("WEB_API_WRITES_PER_MINUTE", "3")
    monkeypatch.setenv("WEB_API_SERVER_REQUESTS_PER_MINUTE", "90")
    chosen = api_settings(Settings()).limits

    assert usual.reads == {TokenKind.USER: 120, TokenKind.WIDGET: 120, TokenKind.SERVER: 6_000}
    assert usual.writes == {TokenKind.USER: 30, TokenKind.WIDGET: 30, TokenKind.SERVER: 6_000}
    assert chosen.reads == {TokenKind.USER: 7, TokenKind.WIDGET: 7, TokenKind.SERVER: 90}
    assert chosen.writes == {TokenKind.USER: 3, TokenKind.WIDGET: 3, TokenKind.SERVER: 90}
