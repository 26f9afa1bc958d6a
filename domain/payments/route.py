"""Routing: which gateway takes a payment."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from domain.refusal import Refusal


class UnableToRoute(ValueError):
    """A route cannot be read."""


@dataclass(frozen=True, slots=True)
class Route:
    """A gateway for a currency, or for a currency from one country; None stands for any."""

    gateway: str
    currency: str | None = None
    country: str | None = None

    def fits(self, currency: str, country: str | None) -> bool:
        """Tell whether the route is for such a payment."""
        return self.currency in (None, currency) and self.country in (None, country)


def read_routes(text: str) -> tuple[Route, ...]:
    """
    Read routes such as `RUB=yookassa,EUR:DE=paypal,*=stripe`; the first that fits is taken.

    Raises:
        UnableToRoute: a part is not of that form.
    """
    routes = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        place, equals, gateway = part.partition("=")
        currency, _, country = place.strip().partition(":")
        is_read = equals and gateway.strip() and (currency == "*" or _is_code(currency, 3))
        if not is_read or not (country == "" or _is_code(country, 2)):
            raise UnableToRoute(f"{part!r} is not a route such as RUB=yookassa, EUR:DE=paypal or *=stripe")
        routes.append(Route(gateway.strip(), None if currency == "*" else currency, country or None))
    return tuple(routes)


def choose_gateway(routes: Sequence[Route], currency: str, country: str | None) -> str | None:
    """Return the gateway of the first route that fits, or None."""
    return next((route.gateway for route in routes if route.fits(currency, country)), None)


def fitting_gateways(routes: Sequence[Route], currency: str, country: str | None) -> tuple[str, ...]:
    """Return every gateway that a route names for such a payment, each once, the one that is chosen by itself first."""
    return tuple(dict.fromkeys(route.gateway for route in routes if route.fits(currency, country)))


def find_gateway(
    routes: Sequence[Route], currency: str, country: str | None, *, wanted: str | None, available: Container[str]
) -> str | Refusal:
    """
    Return the gateway that takes a payment, or why there is none.

    Args:
        routes: of this installation, in their order.
        currency: of the payment.
        country: of the buyer, where it is known.
        wanted: the gateway that the buyer asks for; without it, the routes choose.
        available: names of the gateways that are set up here.
    """
    gateway = wanted or choose_gateway(routes, currency, country)
    if gateway is None:
        return Refusal("NoGateway", f"no gateway is set up for payments in {currency}")
    if gateway not in available:
        return Refusal("NoGateway", f"gateway {gateway} is not set up here")
    return gateway


def _is_code(text: str, length: int) -> bool:
    return len(text) == length and all("A" <= letter <= "Z" for letter in text)
