"""What a gateway lists for a period: payments, refunds, disputes, and objects of its that could not be read."""

from dataclasses import dataclass

from domain.gateway.dispute import GatewayDispute
from domain.gateway.payment import GatewayPayment
from domain.gateway.refund import GatewayRefund
from domain.gateway.webhook import Subject


@dataclass(frozen=True, slots=True)
class UnreadObject:
    """
    An object that a gateway lists and that could not be read: its id, as far as it has one, and why.

    `is_unanswered`: the gateway gave no answer about it, so it may be read later.
    """

    subject: Subject
    ref: str
    reason: str
    is_unanswered: bool = False


ListedObject = GatewayPayment | GatewayRefund | GatewayDispute | UnreadObject
"""One object of a list; one that cannot be read stands in its place, so that the list goes on behind it."""
