"""What the sandbox remembers, and the file in which it may store it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from domain.gateway.dispute import DisputeStatus
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from domain.gateway.setup import SetupStatus


@dataclass(slots=True, kw_only=True)
class PaymentRecord:
    """A payment by a checkout, or by a charge of a saved method, which has no `checkout_ref`."""

    checkout_ref: str | None
    payment_ref: str | None
    order_id: str
    account_id: str
    amount_minor: int
    currency: str
    title: str
    created_at: str
    changed_at: str
    state: PaymentStatus = PaymentStatus.PENDING
    expires_at: str | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    locale: str | None = None
    saves_method: bool = False
    method: str | None = None
    decline_code: str | None = None
    fingerprint: str | None = None

    @property
    def ref(self) -> str:
        """The id that it has from the beginning."""
        ref = self.checkout_ref or self.payment_ref
        assert ref is not None
        return ref


@dataclass(slots=True, kw_only=True)
class RefundRecord:
    """A refund; `refund_id` is the shop's own, None for one from the dashboard."""

    ref: str
    payment_ref: str
    refund_id: str | None
    amount_minor: int
    currency: str
    created_at: str
    changed_at: str
    state: GatewayRefundStatus = GatewayRefundStatus.PENDING
    failure: str | None = None


@dataclass(slots=True, kw_only=True)
class DisputeRecord:
    """A payer's bank wants a payment back."""

    ref: str
    payment_ref: str
    amount_minor: int
    currency: str
    changed_at: str
    reason: str
    state: DisputeStatus = DisputeStatus.OPEN


@dataclass(slots=True, kw_only=True)
class MethodRecord:
    """A card that may be charged again; with a `decline_code` its bank declines every charge."""

    token: str
    customer: str
    label: str
    expires_on: str
    decline_code: str | None = None
    fingerprint: str | None = None


@dataclass(slots=True, kw_only=True)
class SetupRecord:
    """A page on which a card is saved and nothing is paid."""

    ref: str
    setup_id: str
    account_id: str
    created_at: str
    changed_at: str
    expires_at: str
    return_url: str
    cancel_url: str
    locale: str | None = None
    state: SetupStatus = SetupStatus.PENDING
    method: str | None = None
    failure: str | None = None


@dataclass(slots=True, kw_only=True)
class AnswerRecord:
    """The answer to a call with a key; a repeated call gets it again."""

    content: str
    status: int
    body: dict[str, Any]
    at: str


@dataclass(slots=True)
class Records:
    """Everything, by ref; the oldest first."""

    payments: dict[str, PaymentRecord] = field(default_factory=dict)
    refunds: dict[str, RefundRecord] = field(default_factory=dict)
    disputes: dict[str, DisputeRecord] = field(default_factory=dict)
    methods: dict[str, MethodRecord] = field(default_factory=dict)
    answers: dict[str, AnswerRecord] = field(default_factory=dict)
    setups: dict[str, SetupRecord] = field(default_factory=dict)


def load(file: Path) -> Records:
    """Return what a file holds; nothing, if it is not there yet."""
    if not file.exists():
        return Records()
    raw = json.loads(file.read_text(encoding="utf-8"))
    payments = {
        key: PaymentRecord(**one | {"state": PaymentStatus(one["state"])}) for key, one in raw["payments"].items()
    }
    refunds = {
        key: RefundRecord(**one | {"state": GatewayRefundStatus(one["state"])}) for key, one in raw["refunds"].items()
    }
    disputes = {
        key: DisputeRecord(**one | {"state": DisputeStatus(one["state"])}) for key, one in raw["disputes"].items()
    }
    methods = {key: MethodRecord(**one) for key, one in raw["methods"].items()}
    answers = {key: AnswerRecord(**one) for key, one in raw["answers"].items()}
    # A file of an older sandbox has no setups.
    setups = {
        key: SetupRecord(**one | {"state": SetupStatus(one["state"])}) for key, one in raw.get("setups", {}).items()
    }
    return Records(payments, refunds, disputes, methods, answers, setups)


def save(records: Records, file: Path) -> None:
    """Write everything to a file, whole or not at all."""
    new = file.with_name(file.name + ".new")
    new.write_text(json.dumps(asdict(records), ensure_ascii=False, indent=1), encoding="utf-8")
    new.replace(file)
