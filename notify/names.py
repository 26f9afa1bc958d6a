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

    def notice(self, kind: str) -> str:
        """Return what a kind of notice is about, for whoever chooses."""
        _ = self._formats.gettext
        about = {
            "purchase_receipt": _("Receipts"),
            "refund": _("Refunds"),
            "renewed": _("Receipts of renewals"),
            "topup_done": _("Receipts of auto top-ups"),
            "dispute": _("A payment is disputed"),
            "package_starting": _("A package begins"),
            "package_expiring": _("Minutes expire soon"),
            "package_expired": _("Minutes have expired"),
            "low_balance": _("Little is left"),
            "out_of_minutes": _("Nothing is left"),
            "subscription_started": _("A subscription has begun"),
            "renewal_coming": _("A renewal is near"),
            "payment_failed": _("A payment has failed"),
            "action_needed": _("A payment needs you"),
            "card_expiring": _("A card expires"),
            "subscription_changed": _("A subscription has changed"),
            "subscription_cancelled": _("A subscription is cancelled"),
            "subscription_ended": _("A subscription has ended"),
            "topup_failed": _("An auto top-up has failed"),
            "bonus_granted": _("Minutes as a gift"),
            "friend_joined": _("A friend has joined"),
            "sign_in_code": _("Codes to sign in"),
        }
        return about.get(kind, kind.replace("_", " ").capitalize())

    def status(self, status: str) -> str:
        """Return how far a payment is."""
        _ = self._formats.gettext
        named = {
            "pending": _("not paid yet"),
            "action_required": _("waits for you"),
            "approved": _("being taken"),
            "paid": _("paid"),
            "failed": _("failed"),
            "expired": _("not paid in time"),
        }
        return named.get(status, status)

    def refusal(self, code: str) -> str | None:
        """Return why a promo code does not count; None: the refusal is about something else."""
        _ = self._formats.gettext
        return {
            "UnknownCode": _("This code is not known."),
            "TooEarly": _("This code cannot be used yet."),
            "CodeExpired": _("This code has expired."),
            "UsedUp": _("This code has been used as often as it can be."),
            "UsedByYou": _("You have used this code already."),
            "UsedUpToday": _("This code is used up for today; try it tomorrow."),
            "FirstPurchaseOnly": _("This code is for a first purchase."),
            "ReturningBuyersOnly": _("This code is for those who have not bought for a while."),
            "OtherProduct": _("This code is for another product."),
            "OtherCurrency": _("This code does not count for prices in your currency."),
            "BelowMinimum": _("This code counts for larger purchases."),
            "TooManyTries": _("Too many codes were tried; try again in an hour."),
        }.get(code)

    def price(self, price: Money, period: str) -> str:
        """Return what a subscription costs: `699,00 ₽ a month`."""
        each = {
            "day": self._formats.gettext("%(price)s a day"),
            "week": self._formats.gettext("%(price)s a week"),
            "month": self._formats.gettext("%(price)s a month"),
            "year": self._formats.gettext("%(price)s a year"),
        }
        return each.get(period, "%(price)s") % {"price": self._formats.money(price)}
