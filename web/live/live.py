"""The live balances of one process: who watches which account. Only for its event loop."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from asgi.refusal import RequestRefused
from web.live.reader import Reader, ServerGone, Update
from web.live.watch import End, Permit, Watch
from workers.context import Context

MAX_OF_ACCOUNT = 5
"""Windows and programs of one account that watch at once, in one process."""

MAX_OF_PROCESS = 4_000

COME_AGAIN_SECONDS = 5


class Live:
    """
    Open streams and long polls, by account.

    They hold neither a thread nor a connection: one thread hears and reads for all, as long as there is any.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._watches: dict[str, list[Watch]] = defaultdict(list)
        self._open = 0
        self._reader: Reader | None = None

    @contextmanager
    def watch(self, account_id: str, permit: Permit) -> Iterator[Watch]:
        """
        Watch an account; its balance comes as the first change.

        Raises:
            RequestRefused: too many watch already.
        """
        of_account = self._watches.get(account_id, ())
        if len(of_account) >= MAX_OF_ACCOUNT:
            reason = f"{MAX_OF_ACCOUNT} streams of this account are open; close one"
            raise RequestRefused(429, reason, wait_seconds=COME_AGAIN_SECONDS)
        if self._open >= MAX_OF_PROCESS:
            raise RequestRefused(503, f"{MAX_OF_PROCESS} streams are open")
        watch = Watch(account_id, permit)
        self._watches[account_id].append(watch)
        self._open += 1
        self._running_reader().add(account_id, permit)
        try:
            yield watch
        finally:
            self._remove(watch)

    def _remove(self, watch: Watch) -> None:
        of_account = self._watches[watch.account_id]
        of_account.remove(watch)
        if not of_account:
            del self._watches[watch.account_id]
        self._open -= 1
        assert self._reader is not None
        self._reader.remove(watch.account_id, watch.permit)

    def _running_reader(self) -> Reader:
        """Return what reads for this event loop."""
        if self._reader is None:
            loop = asyncio.get_running_loop()

            def deliver(update: Update) -> None:
                try:
                    loop.call_soon_threadsafe(self._deliver, update)
                except RuntimeError as error:
                    raise ServerGone from error

            self._reader = Reader(self._context, deliver)
        return self._reader

    def _deliver(self, update: Update) -> None:
        for account_id in update.balances.keys() | update.touched:
            for watch in self._watches.get(account_id, ()):
                watch.update(update.balances.get(account_id), is_touched=account_id in update.touched)
        if update.is_stopping or update.ended:
            for watch in [one for of_account in self._watches.values() for one in of_account]:
                if update.is_stopping:
                    watch.finish(End.STOPPING)
                elif watch.permit in update.ended:
                    watch.finish(End.ENDED)
