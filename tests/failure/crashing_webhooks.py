"""
`billing webhooks`, which kills itself where a test wants it: `python -m tests.failure.crashing_webhooks`.

It is the product's own command; what is added stands around publishing, and does nothing but say where it is.
A webhook comes there when its body was read and verified, and is answered after it.
"""

import sys
from collections.abc import Sequence

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher
from cli.commands import webhooks
from cli.main import main
from tests.failure.crash_after import CrashPoint

crash_point = CrashPoint()


class CrashingPublisher(ConfirmedPublisher):
    """A publisher, with a boundary before and after each publication."""

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        """Publish, and return a receipt for each."""
        for publication in publications:
            crash_point.reach(publication.message_id, "read, not published")
        receipts = super().publish(publications, patience_seconds=patience_seconds)
        for publication in publications:
            crash_point.reach(publication.message_id, "confirmed, not answered")
        return receipts


if __name__ == "__main__":
    webhooks.ConfirmedPublisher = CrashingPublisher  # type: ignore[attr-defined]
    sys.argv = ["billing", "webhooks"]
    main()
