"""Chunks: due accounts are handled some at a time, a transaction each, by any number of workers at once."""

import logging
from collections import Counter
from collections.abc import Callable, Set

from broker.middleware import GiveBack
from messages.errors import Unavailable
from store.engine import Session
from store.minutes.expiry import DueAccounts, Position
from workers.context import Context

log = logging.getLogger(__name__)

CHUNK = 500
"""Packages handled in one transaction: enough to be quick, few enough to hold no lock for long."""

MAX_CHUNKS = 400
"""In one run. What is left is due at the next tick, a minute later."""

Lock = Callable[[Session, Position | None, int], DueAccounts]
"""Locks at most so many due accounts after a position; those that somebody else has locked are left out."""

Handle = Callable[[Session, Set[str]], Counter[str]]
"""Handles accounts and returns what it did, by name; it opens their books, and so may be called by itself."""


def handle_in_chunks(context: Context, lock: Lock, handle: Handle) -> Counter[str]:
    """
    Handle what is due, a transaction a chunk; an account that cannot be handled stops no other.

    Workers that do so at once share the work: each takes what nobody has locked, and none waits for another. What one
    of them leaves out stays due.

    Returns:
        What was done, by name.

    Raises:
        GiveBack: the process is ending while the store is away.
        Unavailable: the store is away.
    """
    done: Counter[str] = Counter()
    position: Position | None = None
    for _ in range(MAX_CHUNKS):
        if context.stopping.is_set():
            break
        found = DueAccounts(frozenset(), None)

        def once(session: Session, after: Position | None = position) -> Counter[str]:
            nonlocal found
            found = lock(session, after, CHUNK)
            return handle(session, found.account_ids) if found.account_ids else Counter()

        try:
            done += context.transact(once)
        except (GiveBack, Unavailable):
            raise
        except Exception:
            log.exception("a chunk of %d accounts failed; each is tried by itself", len(found.account_ids))
            done += _handle_one_by_one(context, handle, found.account_ids)
        if found.last is None:
            break
        position = found.last
    return done


def _handle_one_by_one(context: Context, handle: Handle, account_ids: Set[str]) -> Counter[str]:
    done: Counter[str] = Counter()
    for account_id in sorted(account_ids):
        try:
            done += context.transact(lambda session, only=account_id: handle(session, {only}))  # type: ignore[misc]
        except (GiveBack, Unavailable):
            raise
        except Exception:
            # It stays due, so the next sweep tries it again, and logs it again.
            log.exception("an account's packages cannot be handled; the next sweep tries it again")
    return done
