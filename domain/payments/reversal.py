"""Reversals: a gateway took the money of a payment back, without a refund and perhaps without a dispute."""

from collections.abc import Mapping
from dataclasses import replace

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.payment import GatewayPayment
from domain.payments.dispute import Dispute

PREFIX = "reversal:"
"""Begins our name of the lost dispute that a reversal is; no gateway gives such an id."""


def dispute_of_reversal(payment: GatewayPayment) -> GatewayDispute | None:
    """
    Return the dispute that a reversed payment has lost; None: it is not reversed.

    Source: README.md, "Disputes".
    """
    if payment.reversed_money is None or payment.payment_ref is None or not payment.reversed_money.minor:
        return None
    return GatewayDispute(
        ref=f"{PREFIX}{payment.payment_ref}",
        payment_ref=payment.payment_ref,
        status=DisputeStatus.LOST,
        amount=payment.reversed_money,
        reason="the gateway took the money back",
        at=payment.at,
    )


def dispute_meant(reported: GatewayDispute, known: Mapping[str, Dispute]) -> GatewayDispute | None:
    """
    Return a report about a dispute under the name under which its money is counted; None: it says nothing new.

    A reversal and a dispute that are about the same payment take its money once. Where a dispute is open or lost, the
    reversal is its money; where a reversal was first, the dispute that comes later is about it.
    """
    if reported.ref in known:
        return reported
    if reported.ref.startswith(PREFIX):
        return None if any(one.blocks_refunds for one in known.values()) else reported
    reversal = known.get(f"{PREFIX}{reported.payment_ref}")
    if reversal is None or not reversal.blocks_refunds:
        return reported
    return replace(reported, ref=reversal.dispute_ref) if reported.status is DisputeStatus.WON else None
