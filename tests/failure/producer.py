"""Screph's side: publishes a load in the background and repeats whatever is not confirmed."""

import threading
import time
from collections.abc import Sequence

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher
from tests.servers.waiting import wait_until

CHUNK = 25
"""So many messages are under way at once."""

_PAUSE_S = 0.01
_LIMIT_S = 60


class Producer:
    """Publishes messages in their order, as far as a test wants."""

    def __init__(self, url: str, publications: Sequence[Publication]) -> None:
        self.confirmed = 0
        self.interruptions = 0
        self._publications = publications
        self._goal = 0
        self._changed = threading.Condition()
        self._is_stopping = False
        self._publisher = ConfirmedPublisher(url)
        self._thread = threading.Thread(target=self._publish, name="producer", daemon=True)
        self._thread.start()

    def go_to(self, share: float) -> None:
        """Let it publish up to a share, 0 to 1, of its messages; it does so in the background."""
        with self._changed:
            self._goal = round(share * len(self._publications))
            self._changed.notify()

    def wait_until_beyond(self, share: float) -> None:
        """Return when more than a share of the messages is confirmed."""
        wanted = share * len(self._publications)
        wait_until(
            lambda: self.confirmed > wanted,
            f"more than {wanted:g} of {len(self._publications)} messages are confirmed",
            limit_s=_LIMIT_S,
        )

    def finish(self) -> None:
        """Publish the rest and return when all is confirmed."""
        self.go_to(1)
        wait_until(
            lambda: self.confirmed == len(self._publications),
            f"all of {len(self._publications)} messages are confirmed",
            limit_s=_LIMIT_S,
        )

    def stop(self) -> None:
        """End it, whatever is left."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join(_LIMIT_S)

    def _publish(self) -> None:
        while self._may_go_on():
            chunk = self._publications[self.confirmed : min(self.confirmed + CHUNK, self._goal)]
            waiting = list(chunk)
            while waiting and not self._is_stopping:
                receipts = self._publisher.publish(waiting, patience_seconds=2)
                pairs = zip(waiting, receipts, strict=True)
                waiting = [one for one, receipt in pairs if receipt is not Receipt.CONFIRMED]
                self.interruptions += bool(waiting)
            self.confirmed += len(chunk) - len(waiting)
            # Stretched, so that a fault falls into it.
            time.sleep(_PAUSE_S)
        self._publisher.close()

    def _may_go_on(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopping or self.confirmed < self._goal)
            return not self._is_stopping
