"""`/docs`: everything that its pages load is this server's own, and what they say is what the code does."""

import re

import pytest
import requests

from web.api.v1.problems import KINDS

PAGES = ("/docs", "/docs/messages", "/docs/problems")


class TestPages:
    @pytest.mark.parametrize("path", PAGES)
    def test_load_nothing_from_anywhere_else(self, api: str, path: str) -> None:
        page = requests.get(f"{api}{path}", timeout=20)
        loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', page.text)

        assert page.status_code == 200
        assert {address.split("/")[1] for address in loaded} == {"docs"}
        assert {requests.get(f"{api}{address}", timeout=20).status_code for address in loaded} == {200}
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self'; style-src 'self';" in policy
        assert "http" not in policy
        # No script stands in the page itself.
        assert re.findall(r"<script(?![^>]*src=)", page.text) == []

    def test_name_every_problem(self, api: str) -> None:
        page = requests.get(f"{api}/docs/problems", timeout=20).text

        assert set(re.findall(r'<tr id="([a-z_]+)">', page)) == set(KINDS)

    def test_of_messages_leave_out_what_is_internal(self, api: str) -> None:
        page = requests.get(f"{api}/docs/messages", timeout=20).text

        assert "screph.usage.reported.v1" in page
        assert "screph.balance.changed.v1" in page
        assert "screph.renewals.requested.v1" not in page


class TestDocuments:
    def test_are_served(self, api: str) -> None:
        calls, messages = (
            requests.get(f"{api}/docs/{name}.json", timeout=20).json() for name in ("openapi", "asyncapi")
        )

        assert (calls["openapi"], calls["servers"][0]["url"]) == ("3.1.0", "/")
        assert messages["asyncapi"] == "3.0.0"
