"""What the double stores."""

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from domain.money import Money
from tests.doubles import clock

LETTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_LETTERS_OF_PAYERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_id(length: int = 17) -> str:
    """Return an id as PayPal's look."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def now_text() -> str:
    """Return the present moment as PayPal writes it."""
    return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def payer_id(payer: str | None = None) -> str:
    """Return the id of a payer, or of somebody who has never paid before."""
    digest = hashlib.sha256((payer or secrets.token_hex(8)).encode()).digest()
    return "".join(_LETTERS_OF_PAYERS[byte % len(_LETTERS_OF_PAYERS)] for byte in digest[:13])


@dataclass(slots=True)
class Capture:
    """Money that was captured for an order."""

    id: str
    order_id: str
    status: str
    money: Money
    custom_id: str | None
    invoice_id: str | None
    created: str = field(default_factory=now_text)
    updated: str = field(default_factory=now_text)


@dataclass(slots=True)
class Order:
    """An order; `saves` if the buyer's wallet is to be vaulted; `refusal` is what its capture will be answered with."""

    id: str
    status: str
    money: Money
    custom_id: str | None
    invoice_id: str | None
    description: str | None
    return_url: str = ""
    cancel_url: str = ""
    saves: bool = False
    customer: str | None = None
    token: str | None = None
    payer_id: str = ""
    is_charge: bool = False
    refusal: str = ""
    captures: list[Capture] = field(default_factory=list)
    created: str = field(default_factory=now_text)
    updated: str = field(default_factory=now_text)


@dataclass(slots=True)
class RefundRecord:
    """Money that was given back, or is about to be."""

    id: str
    capture_id: str
    status: str
    money: Money
    custom_id: str | None
    note: str | None = None
    created: str = field(default_factory=now_text)
    updated: str = field(default_factory=now_text)


@dataclass(slots=True)
class DisputeRecord:
    """A buyer's complaint about a capture."""

    id: str
    capture_id: str
    money: Money
    status: str = "OPEN"
    outcome: str | None = None
    created: str = field(default_factory=now_text)
    updated: str = field(default_factory=now_text)


@dataclass(slots=True)
class Token:
    """A wallet in the vault."""

    id: str
    customer: str
    payer_id: str
    order_id: str | None = None


@dataclass(slots=True)
class SetupToken:
    """A wallet that its buyer may allow to be put into the vault; `refusal` is what that will be answered with."""

    id: str
    customer: str
    return_url: str
    status: str = "PAYER_ACTION_REQUIRED"
    refusal: str = ""
    payer_id: str = ""


@dataclass(slots=True)
class State:
    """
    All that the double knows, under one lock; `emit` sends an event about a resource.

    `payer` says whose wallet all buyers take from now on; None: everybody takes one that has never paid before.
    """

    emit: Callable[[str, str, dict[str, Any]], None]
    lock: threading.RLock = field(default_factory=threading.RLock)
    base: str = ""
    orders: dict[str, Order] = field(default_factory=dict)
    captures: dict[str, Capture] = field(default_factory=dict)
    refunds: dict[str, RefundRecord] = field(default_factory=dict)
    disputes: dict[str, DisputeRecord] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    setups: dict[str, SetupToken] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    access_tokens: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    hold_refunds: bool = False
    hold_captures: bool = False
    vault_later: bool = False
    payer: str | None = None
    blocks_repeated_invoices: bool = True
    feed_page_size: int = 100

    def refunds_of(self, capture_id: str) -> list[RefundRecord]:
        """Return the refunds of one capture, oldest first."""
        return [refund for refund in self.refunds.values() if refund.capture_id == capture_id]
