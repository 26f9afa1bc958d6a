"""A user's program, with the user's own token."""

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from screph_billing_client.account import Account
from screph_billing_client.answers import Balance, Json, read_balance
from screph_billing_client.calls import Calls
from screph_billing_client.errors import UNKNOWN, Refused


class Buyer(Account):
    """
    The account of a user's token (`scr_u_…`).

    Args:
        token: of the user.
        options: those of `Calls`: address, language, timeout_seconds, retries.
    """

    def __init__(self, token: str, **options: Any) -> None:
        super().__init__(Calls(token, **options))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._calls.close()

    def balances(self) -> Iterator[Balance]:
        """
        Follow the balance: now, and whenever it changes; for ever, over lost connections.

        Raises:
            Refused: the token works no longer, or five programs follow this account already.
        """
        last, failures = "", 0
        while True:
            try:
                with self._calls.stream("/account/events", {"Last-Event-ID": last}) as answer:
                    for name, event_id, data in _events(answer.iter_lines()):
                        failures = 0
                        if name == "balance":
                            last = event_id
                            yield read_balance(data)
            except Refused as error:
                # Without a code it is not the API that has answered: a proxy, or the log-in page of a network.
                if error.code != UNKNOWN and error.status < httpx.codes.INTERNAL_SERVER_ERROR:
                    raise
            except (httpx.RequestError, ValueError, KeyError):
                # Lost, or not a stream of the API's; it is opened again.
                pass
            self._calls.pause(failures)
            failures += 1


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str, Json]]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "event" in fields:
            yield fields["event"], fields.get("id", ""), json.loads(fields.get("data", "{}"))
        fields = {}
