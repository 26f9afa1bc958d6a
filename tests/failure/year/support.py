"""The person of a simulated year before whom orders are put whose outcome no call can tell any more."""

from collections.abc import Mapping, Sequence

from tests.failure.year.gateways import YearGateway
from tests.failure.year.records import Records, Row
from tests.servers.forked import run_command

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
        words = ("review", "resolve", item, "--by", "olga", "--reason", "the dashboard knows no such payment")
        code, output, errors = run_command(words, environment=self._environment, given=None, limit_seconds=LIMIT_S)
        assert code == 0, (output + errors).decode()
        self.resolved += 1
