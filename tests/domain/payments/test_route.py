"""Routes: the first that fits is taken, and what cannot be read is refused."""

import pytest

from domain.payments.route import Route, UnableToRoute, choose_gateway, read_routes

ROUTES = read_routes("RUB=yookassa,EUR:DE=paypal,*:US=paypal,*=stripe")


class TestReadRoutes:
    def test_reads_each_form(self) -> None:
        german, american = Route("paypal", "EUR", "DE"), Route("paypal", None, "US")

        routes = read_routes("RUB=yookassa,EUR:DE=paypal,*:US=paypal,*=stripe")

        assert routes == (Route("yookassa", "RUB"), german, american, Route("stripe"))

    @pytest.mark.parametrize("text", ["", " ", ",", " , ,"])
    def test_of_nothing_are_none(self, text: str) -> None:
        assert read_routes(text) == ()

    def test_does_not_mind_room_between_them(self) -> None:
        assert read_routes(" RUB=yookassa , *=stripe, ") == (Route("yookassa", "RUB"), Route("stripe"))

    @pytest.mark.parametrize(
        "part", ["stripe", "=stripe", "RUB=", "RU=stripe", "RUBL=stripe", "EUR:DEU=paypal", "EUR:D=paypal", "**=stripe"]
    )
    def test_refuses_what_is_none_and_shows_what_one_is(self, part: str) -> None:
        with pytest.raises(UnableToRoute, match=r"is not a route such as RUB=yookassa"):
            read_routes(f"USD=stripe,{part}")

    @pytest.mark.parametrize("part", ["rub=yookassa", "EUR:de=paypal", "R B=yookassa", "123=stripe"])
    def test_refuses_what_can_never_fit(self, part: str) -> None:
        with pytest.raises(UnableToRoute):
            read_routes(part)


class TestChooseGateway:
    @pytest.mark.parametrize(
        ("currency", "country", "gateway"),
        [
            ("RUB", None, "yookassa"),
            ("RUB", "US", "yookassa"),
            ("EUR", "DE", "paypal"),
            ("EUR", "FR", "stripe"),
            ("EUR", None, "stripe"),
            ("USD", "US", "paypal"),
            ("USD", None, "stripe"),
        ],
    )
    def test_takes_the_first_route_that_fits(self, currency: str, country: str | None, gateway: str) -> None:
        assert choose_gateway(ROUTES, currency, country) == gateway

    def test_takes_an_earlier_one_although_a_later_one_fits_better(self) -> None:
        routes = read_routes("*=stripe,RUB=yookassa")

        assert choose_gateway(routes, "RUB", None) == "stripe"

    def test_knows_none_where_none_fits(self) -> None:
        assert choose_gateway(read_routes("RUB=yookassa"), "USD", "US") is None
        assert choose_gateway((), "USD", None) is None
