"""Names: what our words for gateways, packages and periods are called in front of people."""

from domain.money import Money
from i18n.catalogue import NO_BREAK
from i18n.formats import Formats


class Names:
    """
    What things are called in one language.

    A word that this release does not know is left out or shown as it is: a newer release may run beside it, and a
    mail with one detail less is worth more than none.
    """

    def __init__(self, formats: Formats) -> None:
        self._formats = formats

    def gateway(self, name: str) -> str:
        """Return how a gateway writes its own name."""
        own = {"paypal": "PayPal", "yookassa": self._formats.gettext("YooKassa")}
        return own.get(name, name.capitalize())

    def method(self, label: str) -> str:
        """Return what a saved payment method is called: `Visa •• 4242`, on one line."""
        return label.replace(" ", NO_BREAK)

    def package(self, kind: str) -> str:
        """Return what a package is called by its kind."""
        named = {
            "purchased": self._formats.gettext("Purchased"),
            "subscription": self._formats.gettext("Subscription"),
            "promo": self._formats.gettext("Promo code"),
            "bonus": self._formats.gettext("Bonus"),
            "support": self._formats.gettext("From support"),
        }
        return named.get(kind, kind.capitalize())

    def price(self, price: Money, period: str) -> str:
        """Return what a subscription costs: `699,00 ₽ a month`."""
        each = {
            "day": self._formats.gettext("%(price)s a day"),
            "week": self._formats.gettext("%(price)s a week"),
            "month": self._formats.gettext("%(price)s a month"),
            "year": self._formats.gettext("%(price)s a year"),
        }
        return each.get(period, "%(price)s") % {"price": self._formats.money(price)}
