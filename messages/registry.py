"""Which type is which model, and where it travels; the one list of every contract."""

from dataclasses import dataclass

from messages.accounts import AccountRegistered
from messages.due import ExpirySweepRequested
from messages.envelope import Envelope, type_of
from messages.packages import PackageExpired, PackageGranted, PackageGrantRequested
from messages.usage import (
    BalanceChanged,
    SpendAccepted,
    SpendRefused,
    SpendRequested,
    UsageReported,
    UsageReversed,
    UsageReversedFact,
)

MINUTE_USAGE = "minute-usage"
DUE = "due"


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
    Contract(ExpirySweepRequested, DUE),
    Contract(BalanceChanged),
    Contract(SpendAccepted),
    Contract(SpendRefused),
    Contract(PackageGranted),
    Contract(PackageExpired),
    Contract(UsageReversedFact),
)

INTAKE: dict[str, dict[str, type[Envelope]]] = {
    queue: {contract.type: contract.model for contract in CONTRACTS if contract.queue == queue}
    for queue in (MINUTE_USAGE, DUE)
}
"""queue -> type -> model: what each queue takes in."""
