"""Which type is which model, and where it travels; the one list of every contract."""

from dataclasses import dataclass

from messages.accounts import AccountRegistered
from messages.calls import OpenRowsLookRequested, RecentLookRequested, SumsLookRequested
from messages.due import ExpirySweepRequested
from messages.envelope import Envelope, type_of
from messages.packages import PackageExpired, PackageGranted, PackageGrantRequested
from messages.purchases import (
    DisputeClosed,
    DisputeOpened,
    DisputeReported,
    PurchaseCompleted,
    PurchaseFailed,
    PurchaseLinkReady,
    PurchaseRequested,
    RefundCompleted,
    RefundFailed,
    RefundRequested,
)
from messages.usage import (
    BalanceChanged,
    SpendAccepted,
    SpendRefused,
    SpendRequested,
    UsageReported,
    UsageReversed,
    UsageReversedFact,
)
from messages.webhooks import WebhookReceived

MINUTE_USAGE = "minute-usage"
PURCHASE = "purchase"
WEBHOOK = "webhook"
DUE = "due"
CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of one message. A fact has no queue: it leaves by the topic exchange."""

    model: type[Envelope]
    queue: str | None = None

    @property
    def type(self) -> str:
        """The `type` attribute on the wire."""
        return type_of(self.model)


CONTRACTS = (
    Contract(UsageReported, MINUTE_USAGE),
    Contract(SpendRequested, MINUTE_USAGE),
    Contract(UsageReversed, MINUTE_USAGE),
    Contract(AccountRegistered, MINUTE_USAGE),
    Contract(PackageGrantRequested, MINUTE_USAGE),
    Contract(PurchaseRequested, PURCHASE),
    Contract(RefundRequested, PURCHASE),
    Contract(DisputeReported, PURCHASE),
    Contract(WebhookReceived, WEBHOOK),
    Contract(ExpirySweepRequested, DUE),
    Contract(OpenRowsLookRequested, CALLS),
    Contract(RecentLookRequested, CALLS),
    Contract(SumsLookRequested, CALLS),
    Contract(BalanceChanged),
    Contract(SpendAccepted),
    Contract(SpendRefused),
    Contract(PackageGranted),
    Contract(PackageExpired),
    Contract(UsageReversedFact),
    Contract(PurchaseLinkReady),
    Contract(PurchaseCompleted),
    Contract(PurchaseFailed),
    Contract(RefundCompleted),
    Contract(RefundFailed),
    Contract(DisputeOpened),
    Contract(DisputeClosed),
)

INTAKE: dict[str, dict[str, type[Envelope]]] = {
    queue: {contract.type: contract.model for contract in CONTRACTS if contract.queue == queue}
    for queue in (MINUTE_USAGE, PURCHASE, WEBHOOK, DUE, CALLS)
}
"""queue -> type -> model: what each queue takes in."""

QUEUE_OF: dict[type[Envelope], str] = {
    contract.model: contract.queue for contract in CONTRACTS if contract.queue is not None
}
"""model -> the queue that takes it in."""
