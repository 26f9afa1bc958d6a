"""The person of a simulated year before whom orders are put whose outcome no call can tell any more."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from tests.failure.year.gateways import YearGateway
from tests.failure.year.records import Records, Row

LIMIT_S = 60

_UNKNOWN = """
    SELECT id, gateway, called_at FROM orders
    WHERE needs_review AND failure LIKE '%% is unknown, and the key of the call protects no longer' ORDER BY id
"""


class Support:
    """
    Somebody who looks into a gateway's dashboard, as the product asks for, and says what is there by its command.

    Only of calls that fell into an outage: an outage may last longer than a key protects. At any other time polls
    have to find out by themselves, and money that was taken the import has to find.

    Args:
        gateways: whose books are looked at.
        records: of the product.
        environment: of the command.
    """

    def __init__(self, gateways: Sequence[YearGateway], records: Records, environment: Mapping[str, str]) -> None:
        self.resolved = 0
        self._gateways = {one.name: one for one in gateways}
        self._records = records
        self._environment = environment

    def review(self) -> None:
        """Resolve what was asked for during an outage and was not paid."""
        for row in self._records.rows(_UNKNOWN):
            gateway = self._gateways[row["gateway"]]
            is_paid = any(one.order_id == row["id"] for one in gateway.captured())
            if not is_paid and gateway.was_out(row["called_at"]):
                self._resolve(row)

    def _resolve(self, row: Row) -> None:
        item = f"order:{row['gateway']}:{row['id']}"
        command = [sys.executable, "-m", "cli", "review", "resolve", item, "--by", "olga"]
        done = subprocess.run(
            [*command, "--reason", "the dashboard knows no such payment"],
            env=dict(self._environment),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.resolved += 1
