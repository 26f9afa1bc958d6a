"""One account at Stripe: everything it has, and what its API does with that."""

import copy
import threading
from typing import Any

from tests.doubles.stripe import amounts, objects
from tests.doubles.stripe.events import Events
from tests.doubles.stripe.refusing import Refused, invalid, missing

Thing = dict[str, Any]


class Account:
    """
    What the account has, by id.

    Whoever reads or changes it holds `lock`. `page` is where the pages of its checkouts are. `payer` says whose card all
    buyers take from now on; None: everybody takes a card that nobody has used before.
    """

    def __init__(self, events: Events) -> None:
        self.events = events
        self.lock = threading.RLock()
        self.page = ""
        self.payer: str | None = None
        self.sessions: dict[str, Thing] = {}
        self.intents: dict[str, Thing] = {}
        self.setup_intents: dict[str, Thing] = {}
        self.charges: dict[str, Thing] = {}
        self.customers: dict[str, Thing] = {}
        self.methods: dict[str, Thing] = {}
        self.refunds: dict[str, Thing] = {}
        self.disputes: dict[str, Thing] = {}
        self.terms: dict[str, Thing] = {}
        """What the payment of a checkout is to be like, by the checkout."""

    def open_session(self, body: Thing) -> Thing:
        """Open a checkout."""
        price = body["line_items"][0]["price_data"]
        amounts.check(price["unit_amount"], price["currency"], "line_items[0][price_data][unit_amount]")
        self.check_customer(body.get("customer"))
        if "customer" in body and "customer_email" in body:
            raise invalid("You may only specify one of these parameters: customer, customer_email.")
        session = objects.session_of(body, self.page)
        self.sessions[session["id"]] = session
        self.terms[session["id"]] = body["payment_intent_data"]
        return session

    def open_customer(self, body: Thing) -> Thing:
        """Make a customer."""
        customer = objects.customer_of(body)
        self.customers[customer["id"]] = customer
        self.events.emit("customer.created", customer)
        return customer

    def charge(self, body: Thing, decline: str | None = None) -> Thing:
        """
        Charge a saved method.

        Args:
            body: the request.
            decline: why it is declined; `requires_action` leaves it waiting for the buyer.
        """
        amounts.check(body["amount"], body["currency"], "amount")
        self.check_customer(body["customer"])
        method = self.methods.get(body["payment_method"])
        if method is None or method["customer"] is None or method["customer"] != body["customer"]:
            raise missing("PaymentMethod", body["payment_method"], param="payment_method", status=400)
        if "return_url" not in body and body.get("automatic_payment_methods", {}).get("allow_redirects") != "never":
            raise invalid("Payment methods may redirect your customer: you must provide a `return_url`.", "return_url")
        intent = self.open_intent(body["amount"], body["currency"], body["customer"], body)
        if decline == "requires_action":
            return self.wait_for_buyer(intent, method)
        if decline:
            error = self.fail_intent(intent, method, decline)
            details = {**error, "payment_intent": copy.deepcopy(intent)}
            raise Refused(402, details.pop("message"), kind=details.pop("type"), is_kept=True, **details)
        return self.pay_intent(intent, method)

    def cancel(self, ref: str, body: Thing) -> Thing:
        """Cancel a payment that is not done."""
        intent = self.found("intents", ref, "intent")
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise invalid(
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
                payment_intent=copy.deepcopy(intent),
            )
        self.cancel_intent(intent, body.get("cancellation_reason"))
        return intent

    def found(self, kind: str, ref: str, param: str) -> Thing:
        """
        Return what has an id.

        Raises:
            Refused: there is none.
        """
        things: dict[str, Thing] = getattr(self, kind)
        if ref not in things:
            raise missing(kind.removesuffix("s"), ref, param=param)
        return things[ref]

    def sessions_of(self, query: Thing) -> Thing:
        """Return the checkouts of a payment."""
        data = [one for one in self.sessions.values() if one["payment_intent"] == query["payment_intent"]]
        return {"object": "list", "url": "/v1/checkout/sessions", "has_more": False, "data": data}

    def open_intent(self, amount: int, currency: str, customer: str | None, terms: Thing) -> Thing:
        """Make a payment that has no method yet."""
        intent = objects.intent_of(amount, currency, customer, terms)
        self.intents[intent["id"]] = intent
        self.events.emit("payment_intent.created", intent)
        return intent

    def wait_for_buyer(self, intent: Thing, method: Thing) -> Thing:
        """Let a payment wait for 3-D Secure."""
        intent.update(status="requires_action", payment_method=method["id"], next_action={"type": "use_stripe_sdk"})
        intent["next_action"]["use_stripe_sdk"] = {}
        self.events.emit("payment_intent.requires_action", intent)
        return intent

    def pay_intent(self, intent: Thing, method: Thing) -> Thing:
        """Let a payment succeed."""
        intent.update(payment_method=method["id"], status="succeeded", next_action=None, last_payment_error=None)
        charge = objects.charge_of(intent, method, is_paid=True)
        self.charges[charge["id"]] = charge
        intent.update(latest_charge=charge["id"], amount_received=intent["amount"])
        self.events.emit("charge.succeeded", charge)
        self.events.emit("payment_intent.succeeded", intent)
        return intent

    def fail_intent(self, intent: Thing, method: Thing, reason: str) -> Thing:
        """Let a payment be declined; return the error."""
        intent["payment_method"] = method["id"]
        charge = objects.charge_of(intent, method, is_paid=False, code=reason)
        self.charges[charge["id"]] = charge
        error = objects.card_error(reason, charge, method)
        intent.update(
            status="requires_payment_method",
            payment_method=None,
            next_action=None,
            latest_charge=charge["id"],
            last_payment_error=error,
        )
        self.events.emit("charge.failed", charge)
        self.events.emit("payment_intent.payment_failed", intent)
        return error

    def cancel_intent(self, intent: Thing, reason: str | None) -> None:
        """Let a payment be cancelled."""
        intent.update(status="canceled", cancellation_reason=reason, canceled_at=objects.now(), next_action=None)
        self.events.emit("payment_intent.canceled", intent)

    def rendered(self, thing: Thing, expand: list[str]) -> Thing:
        """Return a copy of a thing with other things in the place of their ids."""
        copied = copy.deepcopy(thing)
        for path in expand:
            self._expand(copied, path.split("."))
        return copied

    def _expand(self, thing: Any, path: list[str]) -> None:
        if not path:
            return
        name, rest = path[0], path[1:]
        if name == "data":
            for one in thing["data"]:
                self._expand(one, rest)
            return
        # Charges of the double have no balance, so there is no balance transaction to put in.
        things = {
            "payment_intent": self.intents,
            "setup_intent": self.setup_intents,
            "payment_method": self.methods,
            "latest_charge": self.charges,
            "balance_transaction": {},
        }[name]
        if isinstance(thing.get(name), str):
            thing[name] = copy.deepcopy(things[thing[name]])
        if isinstance(thing.get(name), dict):
            self._expand(thing[name], rest)

    def check_customer(self, ref: str | None) -> None:
        """Refuse a customer that is not there."""
        if ref is not None and ref not in self.customers:
            raise missing("customer", ref, param="customer", status=400)
