"""A setup: our own record of a method that is to be saved without a payment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.gateway.payment import Checkout
from domain.gateway.requests import Buyer
from domain.gateway.setup import GatewaySetup, SetupStatus
from domain.payments.order import snapshot_of

RANK = {
    SetupStatus.PENDING: 0,
    SetupStatus.APPROVED: 1,
    SetupStatus.FAILED: 2,
    SetupStatus.EXPIRED: 2,
    SetupStatus.SAVED: 3,
}
"""A setup only moves to a higher rank; a method that is saved late is saved. Source: README.md, "Saved methods"."""

OPEN_SETUP_STATUSES = frozenset({SetupStatus.PENDING, SetupStatus.APPROVED})
"""The states in which the buyer's method may still be saved in the ordinary way."""

EXPIRES_AFTER = timedelta(days=3)
"""When a setup expires that its gateway still calls pending; no gateway's page lives longer."""

ABANDONED = "abandoned"
"""Failure of a setup that expired because the buyer never came back."""


@dataclass(frozen=True, slots=True)
class MethodSetup:
    """
    A method that is to be saved without a payment, through one gateway.

    `setup_ref` is the gateway's id of it. `called_at` is when the gateway was first called, `buyer_snapshot` what
    that call said of the buyer; a repeat says the same. `ended_at` is when it was saved, failed or expired.
    """

    id: str
    account_id: str
    gateway: str
    currency: str
    status: SetupStatus
    return_url: str
    cancel_url: str
    locale: str | None
    message_id: int
    created_at: datetime
    updated_at: datetime
    setup_ref: str | None = None
    redirect_url: str | None = None
    page_expires_at: datetime | None = None
    failure: str | None = None
    called_at: datetime | None = None
    polled_at: datetime | None = None
    ended_at: datetime | None = None
    buyer_snapshot: Mapping[str, str | None] | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the method may still be saved in the ordinary way."""
        return self.status in OPEN_SETUP_STATUSES

    @property
    def is_refused(self) -> bool:
        """Tell whether its gateway would not open a page: it saves nothing without a payment, or not here."""
        return self.status is SetupStatus.FAILED and self.setup_ref is None


def begin_setup_call(setup: MethodSetup, buyer: Buyer, *, at: datetime) -> MethodSetup:
    """Note that the gateway is called for a page; a repeated call keeps the first moment and the first buyer."""
    return replace(
        setup,
        called_at=setup.called_at or at,
        polled_at=at,
        buyer_snapshot=setup.buyer_snapshot or snapshot_of(buyer),
    )


def with_page(setup: MethodSetup, page: Checkout, *, at: datetime) -> MethodSetup:
    """Add the page that was opened for a setup."""
    return replace(
        setup,
        setup_ref=page.ref,
        redirect_url=page.redirect_url,
        page_expires_at=page.expires_at,
        updated_at=at,
    )


def apply_setup_update(setup: MethodSetup, found: GatewaySetup, *, at: datetime) -> MethodSetup:
    """Return a setup after its gateway's report: forward only, so late and repeated ones change nothing."""
    if RANK[found.status] <= RANK[setup.status]:
        return setup
    moved = end_setup(setup, found.status, found.failure, at=at)
    return replace(moved, setup_ref=setup.setup_ref or found.ref)


def end_setup(setup: MethodSetup, status: SetupStatus, failure: str | None, *, at: datetime) -> MethodSetup:
    """Return a setup in another state."""
    return replace(
        setup,
        status=status,
        failure=None if status is SetupStatus.SAVED else failure or setup.failure,
        ended_at=None if status in OPEN_SETUP_STATUSES else at,
        updated_at=at,
    )


def is_setup_abandoned(setup: MethodSetup, *, at: datetime) -> bool:
    """Tell whether a setup expires that its gateway still calls pending."""
    return setup.is_open and at - setup.created_at > EXPIRES_AFTER
