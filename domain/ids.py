"""Ids that we make: every uuid5 rule in one place, so the same cause always gives the same id."""

from uuid import NAMESPACE_URL, uuid5


def package_id_of_message(source: str, event_id: str) -> str:
    """Return the id of the package that a message grants."""
    return _id("package", source, event_id)


def package_id_of_order(order_id: str) -> str:
    """Return the id of the package that an order grants; so it cannot be granted twice."""
    return _id("package-of-order", order_id)


def package_id_of_failed_refund(refund_id: str) -> str:
    """Return the id of the support package that gives back what a refund voided before it failed."""
    return _id("package-of-failed-refund", refund_id)


def order_id_of_message(source: str, event_id: str) -> str:
    """Return the id of the order that a message opens."""
    return _id("order", source, event_id)


def refund_id_of_message(source: str, event_id: str) -> str:
    """Return the id of the refund that a message asks for."""
    return _id("refund", source, event_id)


def refund_id_of_gateway(gateway: str, refund_ref: str) -> str:
    """Return our id of a refund that began in a gateway's own dashboard."""
    return _id("refund-of-gateway", gateway, refund_ref)


def fact_id_of_answer(source: str, event_id: str) -> str:
    """Return the id of the fact that answers a message; a repeated answer has the same one."""
    return _id("answer", source, event_id)


def fact_id_of_balance(account_id: str, sequence: int) -> str:
    """Return the id of the fact that tells of one change of a balance."""
    return f"balance-{account_id}-{sequence}"


def _id(noun: str, *parts: str) -> str:
    # Nouns differ and no part can hold NUL, so two different causes never read the same.
    return str(uuid5(NAMESPACE_URL, f"screph:{noun}:" + "\0".join(parts)))
