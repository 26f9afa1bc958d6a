"""Mail addresses of buyers as gateways say them."""

import pytest

from domain.gateway.email import email_of


class TestEmailOf:
    @pytest.mark.parametrize("address", ["a@b", "anna.petrova+x@mail.example", "анна@пример.рф"])
    def test_returns_an_address_as_it_is(self, address: str) -> None:
        assert email_of(address) == address

    @pytest.mark.parametrize(
        "value",
        [
            *(None, 5, "", "anna", "@b", "a@", "a@b@c", "a@b, c@d", "a@b,c", "a b@c", "<a@b>", "a@b\nBcc:c", "a@b\n"),
            "a" * 250 + "@b.example",
        ],
    )
    def test_takes_nothing_that_is_not_one_address(self, value: object) -> None:
        assert email_of(value) is None
