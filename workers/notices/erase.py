"""Erasing what is old: to whom notices went, and browsers that are gone."""

from collections.abc import Callable

from store.engine import Session
from store.notices.erasure import erase_addresses, erase_push_subscriptions
from workers.context import Context

BATCH = 1_000


def erase_old_notices(context: Context) -> dict[str, int]:
    """
    Erase the addresses of notices that have ended, and browsers that are gone, where they are older than the retention.

    Returns:
        How many deliveries and how many browsers have been erased.
    """
    before = context.clock() - context.retention
    return {
        "deliveries": _in_batches(context, lambda session: erase_addresses(session, before=before, limit=BATCH)),
        "browsers": _in_batches(context, lambda session: erase_push_subscriptions(session, before=before, limit=BATCH)),
    }


def _in_batches(context: Context, erase: Callable[[Session], int]) -> int:
    """Erase batch by batch, a transaction each, until nothing is left or the process is to end."""
    erased = 0
    while not context.stopping.is_set():
        batch = context.transact(erase)
        erased += batch
        if batch == 0:
            break
    return erased
