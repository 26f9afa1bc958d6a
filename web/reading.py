"""Reading for a request: tried again for a moment, since the first connection after a restart of a database is dead."""

from collections.abc import Callable
from typing import TypeVar

from broker.middleware import GiveBack
from messages.errors import Unavailable
from store.engine import Session
from store.reading import reading
from workers.context import Context
from workers.transact import transact

T = TypeVar("T")

PATIENCE_SECONDS = 2.0
"""For reading and for writing: Screph's program waits 10 s in all, and one statement may take 4 s."""


def read(context: Context, work: Callable[[Session], T]) -> T:
    """
    Return what work reads, all of it as of one moment.

    Args:
        context: whose engine is read.
        work: gets a reading session; it may be called again.

    Raises:
        Unavailable: the database cannot be read.
    """

    def once() -> T:
        with reading(context.engine) as session:
            return work(session)

    try:
        return transact(once, stopping=context.stopping, patience_seconds=PATIENCE_SECONDS)
    except GiveBack as error:
        raise Unavailable("the process is ending") from error
