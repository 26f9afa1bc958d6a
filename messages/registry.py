"""Which type is which model, and where it travels; the one list of every contract."""

from dataclasses import dataclass

from messages.access.requests import AccountRegistered
from messages.envelope import Envelope, type_of
from messages.minutes.facts import (
    BalanceChanged,
    PackageExpired,
    PackageGranted,
    SpendAccepted,
    SpendRefused,
    UsageReversedFact,
)
from messages.minutes.reminders import ExpirySweepRequested
from messages.minutes.requests import PackageGrantRequested, SpendRequested, UsageReported, UsageReversed
from messages.payments.facts import (
    DisputeClosed,
    DisputeOpened,
    PurchaseCompleted,
    PurchaseFailed,
    PurchaseLinkReady,
    RefundCompleted,
    RefundFailed,
)
from messages.payments.reminders import OpenPaymentsPollRequested, RecentImportRequested, TotalsComparisonRequested
from messages.payments.requests import DisputeReported, PurchaseRequested, RefundRequested, WebhookReceived
from messages.queues import DUE, MINUTE_USAGE, PURCHASE, QUEUES, RECONCILIATION, WEBHOOK


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
    Contract(OpenPaymentsPollRequested, RECONCILIATION),
    Contract(RecentImportRequested, RECONCILIATION),
    Contract(TotalsComparisonRequested, RECONCILIATION),
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
    queue: {contract.type: contract.model for contract in CONTRACTS if contract.queue == queue} for queue in QUEUES
}
"""queue -> type -> model: what each queue accepts."""

QUEUE_OF: dict[type[Envelope], str] = {
    contract.model: contract.queue for contract in CONTRACTS if contract.queue is not None
}
"""model -> the queue that accepts it."""
