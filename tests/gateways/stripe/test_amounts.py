import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gateway.errors import CallRefused
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money
from gateways.stripe.amounts import HUNDREDTHS_ON_THE_WIRE, THREE_DECIMAL, ZERO_DECIMAL, from_wire, to_wire
from tests.gateways.stripe.samples import checkout_request, paid, refund_request

EVERY = sorted(ZERO_DECIMAL | HUNDREDTHS_ON_THE_WIRE | THREE_DECIMAL | {"RUB", "USD", "EUR", "HUF", "TWD"})


class TestWireAmount:
    @pytest.mark.parametrize(
        ("minor", "currency", "units"),
        [
            (29900, "RUB", 29900),
            (500, "JPY", 500),
            (500, "KRW", 500),
            (500, "ISK", 50000),
            (10000, "UGX", 1000000),
            (1250, "KWD", 1250),
            (29900, "HUF", 29900),
            (29900, "TWD", 29900),
            (500000, "MGA", 5000),
        ],
    )
    def test_counts_as_stripe_does(self, minor, currency, units):
        assert to_wire(Money(minor, currency)) == units
        assert from_wire(units, currency.lower()) == Money(minor, currency)

    @pytest.mark.parametrize(
        ("money", "sentence"),
        [
            (Money(1255, "KWD"), "1.255 KWD: in KWD Stripe wants a 0 as the last of three decimals"),
            (Money(1, "TND"), "0.001 TND: in TND Stripe wants a 0 as the last of three decimals"),
            (Money(150, "MGA"), "1.50 MGA: Stripe takes only whole MGA"),
            (Money(1, "CLF"), "how Stripe counts CLF is not known here; choose another currency"),
            (Money(1, "LYD"), "how Stripe counts LYD is not known here; choose another currency"),
        ],
    )
    def test_refuses_what_stripe_cannot_take(self, money, sentence):
        with pytest.raises(CallRefused) as raised:
            to_wire(money)

        assert str(raised.value) == sentence

    def test_refuses_to_round_an_amount_of_stripe(self):
        with pytest.raises(CallRefused, match="no whole minor unit"):
            from_wire(50050, "isk")

    @given(st.integers(min_value=0, max_value=10**8), st.sampled_from(EVERY))
    def test_an_amount_comes_back_as_it_went_or_does_not_go(self, minor, currency):
        money = Money(minor, currency)

        try:
            units = to_wire(money)
        except CallRefused:
            assert currency in THREE_DECIMAL | {"MGA"}
        else:
            assert from_wire(units, currency.lower()) == money


class TestWholeWay:
    @pytest.mark.parametrize(
        ("price", "part"),
        [(Money(500, "JPY"), 200), (Money(700, "ISK"), 300), (Money(9000, "UGX"), 1), (Money(5000, "KWD"), 10)],
    )
    def test_special_currencies_arrive_and_return(self, gateway, double, price, part):
        payment = paid(gateway, double, price=price)

        refund = gateway.refund(refund_request(payment.payment_ref, part, currency=price.currency), "rf-1")

        assert payment.price == price
        assert (refund.status, refund.amount) == (GatewayRefundStatus.SUCCEEDED, Money(part, price.currency))
        assert double.books() == {price.currency: (price.minor, part)}

    def test_asks_nothing_for_an_amount_that_stripe_cannot_take(self, gateway, double):
        with pytest.raises(CallRefused):
            gateway.create_checkout(checkout_request(price=Money(1001, "KWD")), "co-1")

        assert double.count("create_checkout") == 0
