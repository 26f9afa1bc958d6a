"""Cursors of the API: what somebody has made up is answered as such, in every list."""

import pytest

from tests.store.test_cursor import FORGED, forged
from tests.web.api.v1.client import Client
from tests.workers.payments.harness import PaymentHarness
from web.api.openapi.document import operations
from web.api.reference import reference
from web.api.v1.paging import write_page_cursor

LISTS = [
    name.split(" ")[1]
    for name, operation in operations(reference())
    if any(one.get("name") == "cursor" for one in operation.get("parameters", ())) and "{" not in name
]


class TestMadeUp:
    def test_lists_are_known(self) -> None:
        assert {"/api/v1/statement", "/api/v1/packages", "/api/v1/orders", "/api/v1/tokens"} <= set(LISTS)

    @pytest.mark.parametrize("path", LISTS)
    @pytest.mark.parametrize("state", FORGED, ids=str)
    def test_is_a_wrong_cursor_or_a_page_of_the_list(
        self, buyer: Client, harness: PaymentHarness, path: str, state: object
    ) -> None:
        harness.bought("standard")
        cursor = write_page_cursor(forged(state), of=f"{path}?")

        answer = buyer.get(f"{path.removeprefix('/api/v1')}?cursor={cursor}")

        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 400:
            assert answer.json()["code"] == "cursor_invalid"
