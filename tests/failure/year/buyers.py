"""The people of a simulated year: buyers, the support and the banks, who do what they like, by chance."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher
from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money
from domain.periods import PeriodUnit
from messages.envelope import Envelope
from messages.minutes.requests import UsageReported
from messages.payments.methods import SetupRequested
from messages.payments.requests import DisputeReported, RefundRequested
from messages.queues import INGRESS, MINUTE_USAGE, SALES
from messages.registry import QUEUE_OF
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionChangeRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
    SubscriptionStartRequested,
)
from messages.write import write
from tests.failure.year.calendar import Calendar
from tests.failure.year.gateways import YearGateway
from tests.failure.year.records import Records, Row


def _plan(name: str, minor: int, seconds: int, period: PeriodUnit) -> Product:
    prices = {currency: Money(minor, currency) for currency in ("EUR", "USD", "RUB")}
    wordings = {"en": Wording(name.capitalize())}
    return Product(name, ProductKind.SUBSCRIPTION, seconds, None, prices=prices, wordings=wordings, period=period)


TRIAL = replace(_plan("tried", 39_900, 12_000, PeriodUnit.MONTH), trial_days=7, trial_seconds=1_800)
PLANS = (
    TRIAL,
    _plan("weekly", 19_900, 6_000, PeriodUnit.WEEK),
    _plan("small", 49_900, 18_000, PeriodUnit.MONTH),
    _plan("large", 99_900, 60_000, PeriodUnit.MONTH),
    _plan("yearly", 499_900, 360_000, PeriodUnit.YEAR),
)
WANTED = {"weekly": 8, "small": 40, "large": 20, "yearly": 14, "tried": 18}
"""How many of a hundred begin with which plan."""

_LIVE = """
    SELECT account.id AS account, subscription.id, subscription.gateway, subscription.status, cancel_at_period_end, needs_buyer,
           paid_order_id, orders.payment_ref, orders.price_minor
    FROM subscription JOIN account ON account.number = subscription.account
    LEFT JOIN orders ON orders.id = paid_order_id
    WHERE subscription.status IN ('active', 'past_due', 'unpaid', 'paused') ORDER BY account.id
"""
_PAGES = """
    SELECT id || '-' || attempt AS page, gateway, checkout_ref FROM orders
    WHERE status IN ('pending', 'action_required') AND checkout_ref IS NOT NULL AND withdrawn_at IS NULL
      AND (checkout_expires_at IS NULL OR checkout_expires_at > %(now)s) ORDER BY id
"""
_SETUPS = "SELECT id AS page, gateway, setup_ref FROM method_setup WHERE status = 'pending' AND setup_ref IS NOT NULL"


class People:
    """
    Everybody outside of the product.

    Args:
        gateways: by which buyers pay.
        records: of the product, for what buyers were told.
        calendar: the time.
        amqp_url: where requests are published.
        chance: decides everything.
        eagerness: 1.0: they do as much as people do; more: so much more.
    """

    def __init__(
        self,
        gateways: Sequence[YearGateway],
        records: Records,
        calendar: Calendar,
        *,
        amqp_url: str,
        chance: random.Random,
        eagerness: float,
    ) -> None:
        self.did: Counter[str] = Counter()
        self.were_at_a_dashboard = False
        self._gateways = {one.name: one for one in gateways}
        self._records = records
        self._calendar = calendar
        self._amqp_url = amqp_url
        self._chance = chance
        self._eagerness = eagerness
        self._outgoing: list[Publication] = []
        self._seen: set[str] = set()
        self._disputes: dict[str, tuple[str, str, str]] = {}
        self._complained: set[str] = set()
        self._accounts = self._asked = 0

    def subscribe(self, count: int) -> None:
        """Let so many new buyers ask for a subscription."""
        for _ in range(count):
            self._accounts += 1
            [plan] = self._chance.choices(list(WANTED), weights=list(WANTED.values()))
            gateway = self._gateways[self._chance.choice(sorted(self._gateways))]
            data = {"product_id": plan, "gateway": gateway.name, "currency": gateway.currency}
            self._ask(SubscriptionStartRequested, f"buyer-{self._accounts:04}", data)

    def live_a_day(self) -> None:
        """Let everybody do what they like today."""
        for one in self._records.rows(_LIVE):
            for act, per_day in self._habits(one):
                if self._chance.random() < per_day * self._eagerness:
                    self.did[act.__name__.strip("_")] += 1
                    act(one)
        for payment_ref in sorted(self._disputes):
            if self._chance.random() < 0.05 * self._eagerness:
                self._decide(payment_ref)

    def publish(self) -> int:
        """Send off what was asked for; return how much that was."""
        if not self._outgoing:
            return 0
        publisher = ConfirmedPublisher(self._amqp_url)
        receipts = publisher.publish(self._outgoing, patience_seconds=60)
        publisher.close()
        assert set(receipts) == {Receipt.CONFIRMED}
        count, self._outgoing = len(self._outgoing), []
        return count

    def visit_pages(self) -> int:
        """Let buyers pay, or not, at the pages that were opened for them; return how many did something."""
        visits = 0
        for page in self._records.rows(_PAGES, now=self._calendar.now()):
            if page["page"] not in self._seen:
                self._seen.add(page["page"])
                visits += self._visit(self._gateways[page["gateway"]], page["checkout_ref"])
        for page in self._records.rows(_SETUPS):
            gateway = self._gateways[page["gateway"]]
            if page["page"] not in self._seen and page["setup_ref"]:
                self._seen.add(page["page"])
                if self._chance.random() < 0.1:
                    self.did["left_page"] += 1
                    continue
                with suppress(*gateway.cannot):
                    gateway.double.finish_setup(page["setup_ref"])
                visits += 1
        return visits

    def close_disputes(self) -> None:
        """Let the banks decide all that is open."""
        for payment_ref in sorted(self._disputes):
            self._decide(payment_ref)

    def _habits(self, one: Row) -> list[tuple[Callable[[Row], None], float]]:
        habits = [(self._use, 0.03), (self._cancel_now, 0.0005), (self._save_method, 0.001)]
        if one["payment_ref"] is not None:
            # On a trial there is nothing to be given back.
            habits += [(self._give_back, 0.0008), (self._complain, 0.0005), (self._refund_by_hand, 0.0005)]
        match one["status"]:
            case "active" if one["cancel_at_period_end"]:
                habits += [(self._resume, 0.02)]
            case "active":
                habits += [(self._cancel, 0.0012), (self._pause, 0.001), (self._change, 0.002)]
            case "paused":
                habits += [(self._resume, 0.03)]
            case _ if one["needs_buyer"]:
                habits += [(self._pay_by_hand, 0.25), (self._save_method, 0.08)]
        return habits

    def _visit(self, gateway: YearGateway, ref: str) -> int:
        roll, double = self._chance.random(), gateway.double
        with suppress(*gateway.cannot):
            if roll < 0.07:
                self.did["declined_at_page"] += 1
                double.decline(ref, gateway.able.page_decline[0])
            elif roll < 0.12:
                self.did["left_page"] += 1
            elif roll < 0.2 and gateway.name == "stripe":
                double.pay_slowly(ref)
            else:
                self.did["paid_at_page"] += 1
                double.pay(ref)
            return 1
        return 0

    def _use(self, one: Row) -> None:
        self._ask(UsageReported, one["account"], {"seconds": self._chance.randint(60, 3_000)})

    def _cancel(self, one: Row) -> None:
        self._ask(SubscriptionCancelRequested, one["account"], {"when": "period_end", "cancelled_by": "buyer"})

    def _cancel_now(self, one: Row) -> None:
        self._ask(SubscriptionCancelRequested, one["account"], {"when": "now", "cancelled_by": "buyer"})

    def _pause(self, one: Row) -> None:
        until = self._calendar.now() + timedelta(days=self._chance.randint(2, 50))
        self._ask(SubscriptionPauseRequested, one["account"], {"until": until} if self._chance.random() < 0.6 else {})

    def _resume(self, one: Row) -> None:
        self._ask(SubscriptionResumeRequested, one["account"], {})

    def _change(self, one: Row) -> None:
        data = {"product_id": self._chance.choice(sorted(WANTED))}
        self._ask(SubscriptionChangeRequested, one["account"], data)

    def _pay_by_hand(self, one: Row) -> None:
        self._ask(SubscriptionPaymentRequested, one["account"], {})

    def _save_method(self, one: Row) -> None:
        gateway = self._gateways[one["gateway"]]
        self._ask(SetupRequested, one["account"], {"gateway": gateway.name, "currency": gateway.currency})

    def _give_back(self, one: Row) -> None:
        data = {"order_id": one["paid_order_id"], "reason": "asked for", "requested_by": "olga"}
        if self._chance.random() < 0.5:
            data["amount_minor"] = self._part(one)
        self._ask(RefundRequested, one["account"], data | {"waive_minutes": self._chance.random() < 0.2})

    def _refund_by_hand(self, one: Row) -> None:
        gateway = self._gateways[one["gateway"]]
        with suppress(*gateway.cannot):
            gateway.double.refund_from_dashboard(one["payment_ref"], self._part(one))
            self.were_at_a_dashboard = True

    def _complain(self, one: Row) -> None:
        payment_ref, gateway = one["payment_ref"], self._gateways[one["gateway"]]
        if payment_ref is None or payment_ref in self._complained:
            return
        self._complained.add(payment_ref)
        ref = f"letter about {payment_ref}"
        if gateway.able.has_disputes:
            with suppress(*gateway.cannot):
                self._disputes[payment_ref] = (gateway.name, gateway.double.open_dispute(payment_ref), "")
            return
        self._disputes[payment_ref] = (gateway.name, ref, f"{one['account']} {one['paid_order_id']}")
        self._report(payment_ref, "open")

    def _decide(self, payment_ref: str) -> None:
        is_won = self._chance.random() < 0.5
        name, ref, letter = self._disputes[payment_ref]
        self.did["disputes_decided"] += 1
        if letter:
            self._report(payment_ref, "won" if is_won else "lost")
        else:
            with suppress(*self._gateways[name].cannot):
                self._gateways[name].double.close_dispute(ref, won=is_won)
        # Once only: the banks do not decide twice.
        del self._disputes[payment_ref]

    def _report(self, payment_ref: str, state: str) -> None:
        _, ref, letter = self._disputes[payment_ref]
        account, order_id = letter.split()
        data = {"order_id": order_id, "dispute_ref": ref, "state": state, "reason": "a letter"}
        self._ask(DisputeReported, account, data)

    def _part(self, one: Row) -> int:
        return self._chance.randint(100, (one["price_minor"] or 1_000) // 2)

    def _ask(self, model: type[Envelope], account: str, data: dict[str, Any]) -> None:
        self._asked += 1
        queue, at = QUEUE_OF[model], self._calendar.now()
        message_id, body = write(model, data, at=at, subject=account, message_id=f"wish-{self._asked}", source="shop")
        self._outgoing.append(Publication(INGRESS if queue == MINUTE_USAGE else SALES, queue, message_id, body))
