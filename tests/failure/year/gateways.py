"""The gateways of a simulated year: real HTTP doubles whose calls fail and are declined by chance."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from domain.gateway.decline import Retry
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money, money_of
from tests.doubles.faults import Fault, Planned
from tests.doubles.stripe import amounts
from tests.gateways.contract.abilities import Abilities, Double, settings_of
from tests.gateways.paypal.abilities import ABILITIES as PAYPAL
from tests.gateways.stripe.abilities import ABILITIES as STRIPE
from tests.gateways.yookassa.abilities import ABILITIES as YOOKASSA
from tests.workers.payments.http_histories import KINDS

CURRENCIES = {"stripe": "EUR", "paypal": "USD", "yookassa": "RUB"}

HANGS_S = 1.6
"""Longer than a hurried worker waits."""

BROKEN = 0.03
"""The share of all calls that fail."""

ENDS_A_DAY = 0.15
"""The share of what takes days that ends on one of them."""

CLASSES = {Retry.LATER: 9, Retry.NEW_METHOD: 3, Retry.CUSTOMER_ACTION: 4, Retry.NEVER: 1, None: 2}
"""How often declines are of which class; None: of a code that nobody knows."""

BREAKAGES = (Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT, Fault.ERROR_AFTER_COMMIT, Fault.HTML, Fault.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Captured:
    """Money that a gateway took, as its own books have it."""

    gateway: str
    order_id: str
    payment_ref: str
    price: Money
    at: datetime


class Chance:
    """
    What goes wrong with the calls of one gateway; the same seed gives the same row of accidents.

    `is_out`: nothing works at all. `is_calm`: nothing goes wrong any more.
    """

    def __init__(self, able: Abilities, seed: str, *, declined: float) -> None:
        self.is_out = self.is_calm = False
        self._declined = declined
        self.seen: Counter[str] = Counter()
        self._able = able
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, operation: str) -> Planned | None:
        """Return what the present call of an operation suffers."""
        with self._lock:
            if self.is_calm or operation == "token":
                return None
            planned = self._planned(operation)
            if planned is not None:
                self.seen[f"{planned.fault}"] += 1
            return planned

    def _planned(self, operation: str) -> Planned | None:
        roll = self._random.random()
        if self.is_out or roll < BROKEN:
            is_hanging = self._random.random() < 0.1
            return Planned(Fault.SLOW, seconds=HANGS_S) if is_hanging else Planned(self._random.choice(BREAKAGES))
        if operation != "charge" or roll > BROKEN + self._declined:
            return None
        [kind] = self._random.choices(list(CLASSES), weights=list(CLASSES.values()))
        match kind:
            case None:
                code = "never_heard_of" if self._able.name != "paypal" else "NEVER_HEARD_OF"
            case Retry.CUSTOMER_ACTION:
                code = "requires_action" if self._able.name == "stripe" else self._able.asks_buyer[0]
            case Retry():
                code = self._able.declines[kind]
        self.seen[f"declined {kind}"] += 1
        return Planned(Fault.DECLINE, code=code)


@dataclass(slots=True)
class YearGateway:
    """One gateway of the year."""

    able: Abilities
    double: Any
    chance: Chance
    opened: set[str] = field(default_factory=set)
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name."""
        return self.able.name

    @property
    def currency(self) -> str:
        """What is paid there."""
        return CURRENCIES[self.able.name]

    @property
    def cannot(self) -> tuple[type[Exception], ...]:
        """What its controls raise for what cannot be done."""
        return KINDS[self.name].cannot

    def was_out(self, at: datetime) -> bool:
        """Tell whether nothing worked there at a moment."""
        return any(begin <= at <= end for begin, end in self.outages)

    def webhook_reader(self) -> Any:
        """Return the product's reader of its webhooks."""
        return self.able.folder.open_webhook_reader(settings_of(self.able, self.double.settings()))

    def settings(self) -> dict[str, str]:
        """Return what the product's environment says of it."""
        return {f"{self.name.upper()}_{name}": value for name, value in self.double.settings().items()}

    def end_what_waits(self, chance: random.Random | None = None) -> None:
        """Let refunds that are held, and money that takes days, come to an end: some of it today, or all, and well."""
        kind = KINDS[self.name]
        held = [partial(self.double.end_refund, ref) for ref in kind.refunds(self.double, GatewayRefundStatus.PENDING)]
        for end in [*kind.slow(self.double), *held]:
            if chance is None or chance.random() < ENDS_A_DAY:
                end(succeeded=chance is None or chance.random() < 0.8)

    def captured(self) -> list[Captured]:
        """Return every payment whose money came, as the double has it."""
        return list(_CAPTURED[self.name](self.double))


@contextmanager
def three_gateways(seed: str, *, declined: float) -> Iterator[list[YearGateway]]:
    """Serve the doubles of all gateways that people use; of their charges a share is declined."""
    with ExitStack() as serving:
        gateways = []
        for able in (STRIPE, PAYPAL, YOOKASSA):
            double: Double = serving.enter_context(able.new_double())
            chance = Chance(able, f"{seed} {able.name}", declined=declined)
            double.faults.by_chance = chance
            gateways.append(YearGateway(able, double, chance))
        yield gateways


def _captured_at_stripe(double: Any) -> Iterator[Captured]:
    charges = {charge["id"]: charge for charge in double.listed("charges")}
    for intent in double.listed("intents"):
        if intent["amount_received"]:
            minor = amounts.minor_of(intent["amount_received"], intent["currency"])
            price = Money(minor, intent["currency"].upper())
            at = datetime.fromtimestamp(charges[intent["latest_charge"]]["created"], UTC)
            yield Captured("stripe", intent["metadata"]["order_id"], intent["id"], price, at)


def _captured_at_paypal(double: Any) -> Iterator[Captured]:
    with double.state.lock:
        captures = list(double.state.captures.values())
    for one in captures:
        if one.status not in ("PENDING", "DECLINED"):
            yield Captured("paypal", str(one.custom_id), one.id, one.money, datetime.fromisoformat(one.created))


def _captured_at_yookassa(double: Any) -> Iterator[Captured]:
    for body in double.listed("payments"):
        if body["status"] == "succeeded":
            price = money_of(body["amount"]["value"], body["amount"]["currency"])
            at = datetime.fromisoformat(body["captured_at"])
            yield Captured("yookassa", body["metadata"]["order_id"], body["id"], price, at)


_CAPTURED = {"stripe": _captured_at_stripe, "paypal": _captured_at_paypal, "yookassa": _captured_at_yookassa}
