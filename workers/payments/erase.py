"""Erasing what is old, in batches: bytes of webhooks and mail addresses are not kept for ever."""

from collections.abc import Callable

from store.engine import Session
from store.payments.erasure import erase_buyers, erase_webhook_bodies
from workers.context import Context

BATCH = 1_000


def erase_old(context: Context) -> dict[str, int]:
    """
    Erase the bytes of webhooks and what gateways were told about buyers, where they are older than the retention.

    What is open, or waits for a person, stays whole.

    Returns:
        How many webhooks, and how many orders and refunds, have less in them now.
    """
    before = context.clock() - context.retention

    def erase_bodies(session: Session) -> int:
        return erase_webhook_bodies(session, before=before, limit=BATCH)

    def erase_addresses(session: Session) -> int:
        return erase_buyers(session, before=before, limit=BATCH)

    return {"webhooks": _in_batches(context, erase_bodies), "buyers": _in_batches(context, erase_addresses)}


def _in_batches(context: Context, erase: Callable[[Session], int]) -> int:
    """Erase batch by batch, a transaction each, until nothing is left or the process is to end."""
    erased = 0
    while not context.stopping.is_set():
        batch = context.transact(erase)
        erased += batch
        if batch == 0:
            break
    return erased
