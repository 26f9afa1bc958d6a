"""Money on its way to PayPal and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.amounts import ACCEPTED, ZERO_DECIMAL, from_wire, to_wire
from tests.doubles.paypal.amounts import CURRENCIES
from tests.doubles.paypal.double import PaypalDouble
from tests.gateways.paypal.samples import a_key, checkout_request, paid, refund_request


class TestToWire:
    @pytest.mark.parametrize(
        ("money", "value"),
        [
            (Money(1000, "USD"), "10.00"),
            (Money(1, "EUR"), "0.01"),
            (Money(500, "JPY"), "500"),
            (Money(199_000, "HUF"), "1990"),
            (Money(100, "TWD"), "1"),
            (Money(900_719_925_474_099_300, "USD"), "9007199254740993.00"),
        ],
    )
    def test_is_the_text_that_paypal_takes(self, money: Money, value: str) -> None:
        assert to_wire(money) == {"currency_code": money.currency, "value": value}

    @pytest.mark.parametrize("currency", ["HUF", "TWD"])
    def test_refuses_a_fraction_where_paypal_takes_whole_ones(self, currency: str) -> None:
        with pytest.raises(CallRefused, match=f"whole {currency} only, and 19.90 {currency} has a fraction") as caught:
            to_wire(Money(1990, currency))

        assert caught.value.code == "DECIMALS_NOT_SUPPORTED"

    @pytest.mark.parametrize("currency", ["RUB", "KWD", "XXX", "KRW"])
    def test_refuses_what_paypal_does_not_take(self, currency: str) -> None:
        with pytest.raises(CallRefused, match=f"does not take {currency}") as caught:
            to_wire(Money(1000, currency))

        assert caught.value.code == "CURRENCY_NOT_SUPPORTED"

    @pytest.mark.parametrize("minor", [0, -1])
    def test_refuses_what_is_not_above_zero(self, minor: int) -> None:
        with pytest.raises(CallRefused):
            to_wire(Money(minor, "USD"))

    def test_knows_the_currencies_that_the_double_knows(self) -> None:
        assert set(CURRENCIES) == ACCEPTED

    @given(minor=st.integers(1, 10**15), currency=st.sampled_from(sorted(ACCEPTED - {"HUF", "TWD"})))
    def test_is_read_back_as_it_was(self, minor: int, currency: str) -> None:
        assert from_wire(to_wire(Money(minor, currency))) == Money(minor, currency)

    @given(units=st.integers(1, 10**12), currency=st.sampled_from(sorted(ZERO_DECIMAL)))
    def test_is_read_back_as_it_was_without_decimals(self, units: int, currency: str) -> None:
        money = Money(units * (1 if currency == "JPY" else 100), currency)

        assert to_wire(money)["value"] == str(units)
        assert from_wire(to_wire(money)) == money


class TestFromWire:
    @pytest.mark.parametrize(
        "amount",
        [
            None,
            {},
            {"value": "10.00"},
            {"currency_code": "USD", "value": "ten"},
            {"currency_code": "USD", "value": 10},
            {"currency_code": "usd", "value": "1.00"},
            {"currency_code": "USD", "value": "10.001"},
        ],
    )
    def test_does_not_guess(self, amount: dict[str, str] | None) -> None:
        with pytest.raises(UnableToReach):
            from_wire(amount)


class TestThroughPaypal:
    @pytest.mark.parametrize(
        "price", [Money(1_999, "EUR"), Money(500, "JPY"), Money(199_000, "HUF"), Money(30_000, "TWD")]
    )
    def test_comes_back_as_it_went(self, gateway: PaypalGateway, double: PaypalDouble, price: Money) -> None:
        payment = paid(gateway, double, price=price)
        gateway.refund(refund_request(payment), a_key("rf"))

        assert (payment.status, payment.price) == (PaymentStatus.PAID, price)
        assert double.books() == {price.currency: (price.minor, price.minor)}

    def test_sends_nothing_when_it_is_refused_here(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        with pytest.raises(CallRefused):
            gateway.create_checkout(checkout_request(price=Money(29_900, "RUB")), a_key())

        assert double.exchanges == []
