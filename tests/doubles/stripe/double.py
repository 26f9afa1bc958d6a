"""A double of Stripe on 127.0.0.1, with an account, buyers and a dashboard to play with."""

import copy
from collections import Counter
from typing import Any, Self

from tests.doubles.delivery import Deliverer
from tests.doubles.faults import Fault, Faults
from tests.doubles.server import Served
from tests.doubles.stripe import amounts, buyers, returns, setups
from tests.doubles.stripe.account import Account
from tests.doubles.stripe.api import SECRET_KEY, Api, Recorded, Switches
from tests.doubles.stripe.events import SECRET, Events
from tests.doubles.stripe.serving import application


class StripeDouble:
    """
    One account at Stripe, in test mode.

    Args:
        webhook_url: where webhooks are sent; none are sent without it, all are refund.
        port: 0 for a free one.
        host: where it listens.
    """

    def __init__(self, *, webhook_url: str | None = None, port: int = 0, host: str = "127.0.0.1") -> None:
        self.faults = Faults()
        self.deliveries = Deliverer(webhook_url)
        self.switches = Switches()
        self._account = Account(Events(self.deliveries.send))
        self._api = Api(self._account, self.faults, self.switches)
        self._served = Served(application(self._api, self), port=port, host=host)

    def __enter__(self) -> Self:
        """Start serving."""
        self._served.__enter__()
        self._account.page = f"{self.url}/c/pay"
        return self

    def __exit__(self, *reason: object) -> None:
        """End serving and delivering."""
        self._served.__exit__(*reason)
        self.deliveries.close()

    @property
    def url(self) -> str:
        """The base of its API."""
        return self._served.url

    @property
    def payer(self) -> str | None:
        """Whose card all buyers take from now on."""
        return self._account.payer

    @payer.setter
    def payer(self, payer: str | None) -> None:
        self._account.payer = payer

    @property
    def hold_refunds(self) -> bool:
        """Whether refunds of the API stay pending until `end_refund`."""
        return self.switches.hold_refunds

    @hold_refunds.setter
    def hold_refunds(self, holds: bool) -> None:
        self.switches.hold_refunds = holds

    @property
    def recorded(self) -> list[Recorded]:
        """Every call with an answer in JSON, oldest first."""
        return list(self._api.recorded)

    def settings(self) -> dict[str, str]:
        """Return the variables, without `STRIPE_`, that lead here."""
        return {"SECRET_KEY": SECRET_KEY, "API_BASE": self.url, "WEBHOOK_SECRETS": SECRET, "LIVEMODE": "false"}

    def pay(self, checkout_ref: str) -> str:
        """Let the buyer pay; return the payment."""
        with self._account.lock:
            return buyers.pay(self._account, checkout_ref)

    def decline(self, checkout_ref: str, code: str = "generic_decline") -> None:
        """Let the buyer's card be declined; the checkout stays open."""
        with self._account.lock:
            buyers.decline(self._account, checkout_ref, code)

    def need_action(self, checkout_ref: str) -> None:
        """Let the buyer begin 3-D Secure and not end it."""
        with self._account.lock:
            buyers.need_action(self._account, checkout_ref)

    def pay_slowly(self, checkout_ref: str) -> str:
        """Let the buyer pay by a method that takes days; return the payment."""
        with self._account.lock:
            return buyers.pay_slowly(self._account, checkout_ref)

    def end_slow(self, checkout_ref: str, *, succeeded: bool) -> None:
        """Let a method that takes days succeed or fail."""
        with self._account.lock:
            buyers.end_slow(self._account, checkout_ref, succeeded=succeeded)

    def expire(self, checkout_ref: str) -> None:
        """Let a checkout run out of time."""
        with self._account.lock:
            buyers.expire(self._account, checkout_ref)

    def finish_setup(self, setup_ref: str) -> None:
        """Let the buyer save a card."""
        with self._account.lock:
            setups.finish_setup(self._account, setup_ref)

    def fail_setup(self, setup_ref: str, code: str) -> None:
        """Let the method that the buyer gave not be saved."""
        with self._account.lock:
            setups.fail_setup(self._account, setup_ref, code)

    def begin_slow_setup(self, setup_ref: str) -> None:
        """Let the buyer name a bank account, which is checked for days."""
        with self._account.lock:
            setups.begin_slow_setup(self._account, setup_ref)

    def end_slow_setup(self, setup_ref: str) -> None:
        """Let the check of a bank account end well."""
        with self._account.lock:
            setups.end_slow_setup(self._account, setup_ref)

    def detach(self, token: str) -> None:
        """Take a method from its customer, as in the dashboard."""
        with self._account.lock:
            setups.detach(self._account, token)

    def replace_card(self, token: str, *, exp_year: int) -> None:
        """Let the card's network replace a card."""
        with self._account.lock:
            setups.update_method(self._account, token, exp_year=exp_year)

    def payment_ref_of(self, checkout_ref: str) -> str | None:
        """Return the payment of a checkout, once there is one."""
        with self._account.lock:
            ref: str | None = self._account.sessions[checkout_ref]["payment_intent"]
            return ref

    def refund_from_dashboard(self, payment_ref: str, minor: int | None = None) -> str:
        """Give money back without us: `minor` units of ISO 4217, or all that is left; return the refund."""
        with self._account.lock:
            body = {"payment_intent": payment_ref}
            currency = self._account.found("intents", payment_ref, "payment_intent")["currency"]
            amount = {} if minor is None else {"amount": amounts.amount_of(minor, currency)}
            return str(returns.open_refund(self._account, body | amount, is_held=False)["id"])

    def end_refund(self, refund_ref: str, *, succeeded: bool) -> None:
        """Let a refund succeed or fail; one that has succeeded may fail still."""
        with self._account.lock:
            returns.settle(self._account, refund_ref, succeeded=succeeded)

    def open_dispute(self, payment_ref: str, minor: int | None = None) -> str:
        """Let the payer's bank ask for the money back, or for a part; return the dispute."""
        with self._account.lock:
            return returns.open_dispute(self._account, payment_ref, minor)

    def close_dispute(self, dispute_ref: str, *, won: bool) -> None:
        """Let the banks decide."""
        with self._account.lock:
            returns.close_dispute(self._account, dispute_ref, won=won)

    def win_after_all(self, dispute_ref: str) -> None:
        """Let a lost dispute be won after all."""
        with self._account.lock:
            returns.win_after_all(self._account, dispute_ref)

    def save_card_for_another_shop(self) -> str:
        """Let a checkout of another shop on the account save a card and move no money; return it."""
        with self._account.lock:
            return buyers.save_card(self._account)

    def spoil(self, kind: str, ref: str, **values: object) -> None:
        """Give one of the `refunds`, `disputes` … values that nobody foresaw."""
        with self._account.lock:
            self._account.found(kind, ref, "id").update(values)

    def forget_events(self) -> None:
        """Forget every event so far."""
        with self._account.lock:
            self._account.events.forget()

    def forget(self, ref: str) -> None:
        """Delete a customer (`cus_…`) or detach a method (`pm_…`), as in the dashboard."""
        with self._account.lock:
            things = self._account.customers if ref.startswith("cus_") else self._account.methods
            del things[ref]

    def books(self) -> dict[str, tuple[int, int]]:
        """Return what was captured and what was refunded by currency, in minor units of ISO 4217."""
        captured: Counter[str] = Counter()
        refunded: Counter[str] = Counter()
        with self._account.lock:
            for intent in self._account.intents.values():
                captured[intent["currency"]] += intent["amount_received"]
            for refund in self._account.refunds.values():
                refunded[refund["currency"]] += refund["amount"] if refund["status"] == "succeeded" else 0
        return {
            code.upper(): (amounts.minor_of(units, code), amounts.minor_of(refunded[code], code))
            for code, units in captured.items()
            if units
        }

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Return all `sessions`, `intents` or `refunds`, oldest first."""
        with self._account.lock:
            things: dict[str, dict[str, Any]] = getattr(self._account, kind)
            return copy.deepcopy(list(things.values()))

    def count(self, operation: str) -> int:
        """Return how many calls an operation has seen, repeated ones too."""
        return self._api.counts[operation]

    def plan(self, operation: str, fault: str, times: int = 1, code: str = "", seconds: float = 0.0) -> None:
        """Let the next calls of an operation go wrong."""
        self.faults.plan(operation, Fault(fault), times=times, code=code, seconds=seconds)
