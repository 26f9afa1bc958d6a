"""Reversals: a gateway took the money of a payment back, without a refund and perhaps without a dispute."""

from collections.abc import Mapping
from dataclasses import replace

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.payment import GatewayPayment
from domain.payments.dispute import Dispute

PREFIX = "reversal:"
"""Begins our name of the lost dispute that a reversal is; no gateway gives such an id."""


def dispute_of_reversal(payment: GatewayPayment, *, is_known: bool) -> GatewayDispute | None:
    """
    Return the dispute that a reversed payment has lost, or has won after all; None: there is no reversal.

    Args:
        payment: as its gateway has it now.
        is_known: a reversal of it counts as lost here; if the gateway says that it holds nothing back, it is won.

    Source: README.md, "Disputes".
    """
    if payment.reversed_money is None or payment.payment_ref is None:
        return None
    is_reversed = payment.reversed_money.minor > 0
    if not is_reversed and not is_known:
        return None
    return GatewayDispute(
        ref=f"{PREFIX}{payment.payment_ref}",
        payment_ref=payment.payment_ref,
        status=DisputeStatus.LOST if is_reversed else DisputeStatus.WON,
        amount=payment.reversed_money,
        reason="the gateway took the money back" if is_reversed else "the gateway gave the money again",
        at=payment.at,
    )


def is_reversal_lost(payment_ref: str | None, known: Mapping[str, Dispute]) -> bool:
    """Tell whether a reversal of a payment counts as lost among the disputes that are known."""
    reversal = known.get(f"{PREFIX}{payment_ref}")
    return reversal is not None and reversal.status is DisputeStatus.LOST


def payment_of_reversal(dispute_ref: str) -> str | None:
    """Return the payment whose reversal a dispute is; None: it is a dispute of its gateway."""
    return dispute_ref.removeprefix(PREFIX) if dispute_ref.startswith(PREFIX) else None


def dispute_meant(reported: GatewayDispute, known: Mapping[str, Dispute]) -> GatewayDispute | None:
    """
    Return a report about a dispute under the name under which its money is counted; None: it says nothing new.

    A reversal and a dispute that are about the same payment take its money once. Where a dispute is open or lost, the
    reversal is its money; where a reversal was first, the dispute that comes later is about it.
    """
    if reported.ref in known:
        return reported
    if reported.ref.startswith(PREFIX):
        is_new = reported.status is DisputeStatus.LOST and not any(one.blocks_refunds for one in known.values())
        return reported if is_new else None
    reversal = known.get(f"{PREFIX}{reported.payment_ref}")
    if reversal is None or not reversal.blocks_refunds:
        return reported
    return replace(reported, ref=reversal.dispute_ref) if reported.status is DisputeStatus.WON else None
