"""Addresses that nobody has linked to: numbers without end, zeros, half characters, cursors that were made up."""

import re

import pytest

from tests.store.test_cursor import FORGED, forged
from tests.web.portal.browser import Browser
from tests.web.portal.test_pages import _routes
from web.portal.settings import Portal

ODD = ("%00", "a%00b", "%ff", "%ed%a0%80", "9" * 40, "-1", "9223372036854775808", "%2e%2e", "%0d%0aSet-Cookie:x=1", "'")


class TestOddAddresses:
    @pytest.mark.parametrize("odd", ODD)
    def test_are_answered_with_a_page_whatever_the_route(self, signed_in: Browser, portal: Portal, odd: str) -> None:
        secret = signed_in.form_secret()
        routes = [(method, route.path) for route in _routes(portal) for method in route.methods if "{" in route.path]
        assert len(routes) > 12

        for method, path in routes:
            address = re.sub(r"\{[^}]+\}", odd, path)
            answer = (
                signed_in.get(address)
                if method == "GET"
                else signed_in.post(address, {"form_secret": secret, "form_id": "odd", "amount_minor": "1"})
            )

            assert answer.status_code < 500, (method, address, answer.text[:200])
            assert "set-cookie" not in answer.headers
            assert "\r" not in answer.headers.get("location", "")

    @pytest.mark.parametrize("path", ["/history", "/receipts"])
    @pytest.mark.parametrize("state", FORGED, ids=str)
    def test_with_a_made_up_cursor_show_a_page(self, signed_in: Browser, path: str, state: object) -> None:
        assert signed_in.get(f"{path}?cursor={forged(state)}").status_code == 200

    @pytest.mark.parametrize(
        "query",
        ["/buy?code=%00", "/buy?code=%ff", "/history?only=%00", "/enter?next=%00", "/return/x?waited=" + "9" * 40],
    )
    def test_with_odd_questions_are_answered_with_a_page(self, signed_in: Browser, query: str) -> None:
        assert signed_in.get(query).status_code < 500
