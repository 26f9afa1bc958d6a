"""Saving a method without a payment: Stripe's checkouts in the mode `setup`, in our words."""

from collections.abc import Mapping
from typing import Any

from domain.gateway.errors import Unreadable
from domain.gateway.setup import GatewaySetup, SetupStatus
from gateways.stripe.methods import fingerprint_of, method_of
from gateways.stripe.objects import expanded, moment_of, ref_of, required

EXPANDED = "setup_intent.payment_method"
"""What a checkout must have expanded to be read as a setup."""


DETACHED = "detached"
"""Our word for why a method cannot be charged that no customer owns."""


def setup_of(session: Mapping[str, Any]) -> GatewaySetup:
    """
    Return the setup that a hosted checkout is.

    Args:
        session: with `setup_intent.payment_method` expanded.

    Raises:
        Unreadable: it says that a method is saved, and not which one.
    """
    intent = expanded(session.get("setup_intent"))
    customer = ref_of(intent.get("customer")) or ref_of(session.get("customer"))
    status = _status_of(session, intent)
    method = method_of(expanded(intent.get("payment_method")), customer) if status is SetupStatus.SAVED else None
    if status is SetupStatus.SAVED and method is None:
        raise Unreadable(f"Stripe's checkout {required(session, 'id')} has saved a method and does not name it")
    return GatewaySetup(
        ref=required(session, "id"),
        setup_id=expanded(session.get("metadata")).get("setup_id"),
        status=status,
        at=moment_of(required(session, "created")),
        method=method,
        gateway_customer=customer,
        failure=_failure_of(intent) if status is SetupStatus.FAILED else None,
        fingerprint=fingerprint_of(expanded(intent.get("payment_method"))) if method else None,
    )


def setup_of_intent(intent: Mapping[str, Any]) -> GatewaySetup:
    """
    Return the setup that an intent is; until it has succeeded, only its checkout knows how far it is.

    Args:
        intent: with `payment_method` expanded.
    """
    customer = ref_of(intent.get("customer"))
    saved = None
    if intent.get("status") == "succeeded":
        saved = method_of(expanded(intent.get("payment_method")), customer)
    return GatewaySetup(
        ref=required(intent, "id"),
        setup_id=expanded(intent.get("metadata")).get("setup_id"),
        status=SetupStatus.SAVED if saved else SetupStatus.PENDING,
        at=moment_of(required(intent, "created")),
        method=saved,
        gateway_customer=customer,
        fingerprint=fingerprint_of(expanded(intent.get("payment_method"))) if saved else None,
    )


def setup_of_method(method: Mapping[str, Any]) -> GatewaySetup:
    """Return a payment method as the setup that has saved it; one that no customer owns any more has failed."""
    customer = ref_of(method.get("customer"))
    saved = method_of(method, customer)
    return GatewaySetup(
        ref=required(method, "id"),
        setup_id=None,
        status=SetupStatus.SAVED if saved else SetupStatus.FAILED,
        at=moment_of(required(method, "created")),
        method=saved,
        gateway_customer=customer,
        failure=None if saved else DETACHED,
        fingerprint=fingerprint_of(method) if saved else None,
    )


def _status_of(session: Mapping[str, Any], intent: Mapping[str, Any]) -> SetupStatus:
    match session.get("status"), intent.get("status"):
        case _, "succeeded":
            return SetupStatus.SAVED
        case "expired", _:
            return SetupStatus.EXPIRED
        case "complete", "canceled" | "requires_payment_method":
            return SetupStatus.FAILED
        case _:
            # While the page is open the buyer may take another card; a bank debit is checked for days.
            return SetupStatus.PENDING


def _failure_of(intent: Mapping[str, Any]) -> str:
    error = expanded(intent.get("last_setup_error"))
    return str(error.get("decline_code") or error.get("code") or intent.get("cancellation_reason") or "setup_failed")
