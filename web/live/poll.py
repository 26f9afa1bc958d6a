"""Long polls: an answer that waits until there is something to say."""

import asyncio

from web.live.live import Live
from web.live.watch import Permit

LONGEST_SECONDS = 25


async def wait_for_change(live: Live, account_id: str, permit: Permit, *, after: str, seconds: float) -> None:
    """
    Wait until a balance is no longer the one that was read before.

    Args:
        live: who hears of changes.
        account_id: Screph's id.
        permit: by which it is read; when that ends, so does the waiting.
        after: version of the balance that was read, or its sequence alone.
        seconds: for so long at the most.

    Raises:
        RequestRefused: too many watch this account already.
    """
    first: str | None = None
    ends_at = asyncio.get_running_loop().time() + min(seconds, LONGEST_SECONDS)
    with live.watch(account_id, permit) as watch:
        while watch.end is None:
            balance = watch.balance
            if balance is not None:
                first = first or balance.version
                # What only time has changed has the sequence that it had.
                if balance.version != first or after not in (balance.version, str(balance.sequence)):
                    return
            left = ends_at - asyncio.get_running_loop().time()
            if left <= 0 or not await watch.wait(left):
                return
