"""A setup as its gateway reports it: a method that is saved without a payment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.gateway.payment import SavedMethod


class SetupStatus(StrEnum):
    """
    How far a setup is.

    Source: domain/payments/README.md, "Saved methods".
    """

    PENDING = "pending"
    APPROVED = "approved"
    SAVED = "saved"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class GatewaySetup:
    """
    One setup as its gateway reports it now.

    `ref` is the gateway's id of it; `setup_id` is ours, if the gateway stored it. `method` is there once it is saved.
    `failure` is the gateway's own word for why it failed. `fingerprint` tells the card or wallet again, as in a
    `GatewayPayment`.
    """

    ref: str
    setup_id: str | None
    status: SetupStatus
    at: datetime
    method: SavedMethod | None = None
    gateway_customer: str | None = None
    failure: str | None = None
    fingerprint: str | None = None
