"""A server of Screph's, for any account."""

import uuid
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from screph_billing_client.account import Account
from screph_billing_client.calls import Calls
from screph_billing_client.errors import Unreachable


class Server:
    """
    The API by a server's token (`scr_s_…`).

    Args:
        token: of the server.
        options: those of `Calls`: address, language, timeout_seconds, retries.
    """

    def __init__(self, token: str, **options: Any) -> None:
        self._calls = Calls(token, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._calls.close()

    def account(self, account_id: str) -> Account:
        """Return what can be read and done for one account."""
        return Account(self._calls, f"/accounts/{quote(account_id, safe='')}")

    def report_usage(
        self,
        account_id: str,
        seconds: int,
        *,
        key: str | None = None,
        occurred_at: datetime | None = None,
        feature: str | None = None,
    ) -> str:
        """
        Report usage that has happened, and return the key that names it for ever.

        Args:
            account_id: whose.
            seconds: whole, > 0.
            key: the same for the same usage, however often it is sent; random if left out.
            occurred_at: aware; now if left out.
            feature: what was used.

        Raises:
            Refused: it is not booked, and will not be.
            Unreachable: send it again with the same key; `UsageSpool` does.
        """
        key = key or str(uuid.uuid4())
        usage = {
            "account_id": account_id,
            "seconds": seconds,
            "occurred_at": occurred_at and occurred_at.isoformat(),
            "feature": feature,
        }
        booked = self._calls.post("/usages", usage, key=key)
        if booked.get("account_id") != account_id or "source" not in booked:
            raise Unreachable("something else than the API has answered: it does not say what it has booked")
        return key

    def widget_token(self, account_id: str, *, origin: str) -> str:
        """Return a token with which a page of one origin shows a balance, for 15 minutes."""
        path = f"/accounts/{quote(account_id, safe='')}/widget-tokens"
        return str(self._calls.post(path, {"origin": origin})["token"])
