"""The SDK's client, which takes nothing from the process around it: no proxy, no password, no settings."""

import logging
from collections.abc import Mapping
from typing import Any

import requests
import stripe

from gateways.sessions import DEADLINE_S, TIMEOUT_S, DirectSession, deadline

RETRIES = 2
"""How often the SDK repeats a call, with the same key, when no clear answer came."""


def open_client(
    secret_key: str,
    api_base: str,
    *,
    timeout_s: tuple[float, float] = TIMEOUT_S,
    deadline_s: float = DEADLINE_S,
    retries: int = RETRIES,
) -> stripe.StripeClient:
    """
    Return a client that threads may share.

    Args:
        secret_key: `sk_…` or `rk_…`.
        api_base: without a slash at its end.
        timeout_s: to connect, and between two pieces of an answer.
        deadline_s: for a call and all its repeats.
        retries: how often to repeat a call when no clear answer came.
    """
    stripe.enable_telemetry = False
    # At INFO and DEBUG the SDK logs what is sent and answered, with e-mail addresses.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base},
        max_network_retries=retries,
        http_client=BoundedClient(timeout_s=timeout_s, deadline_s=deadline_s),
    )


class StripeSession(DirectSession):
    """A session that tells answers of Stripe's from those of a proxy on the way."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """
        Make one call.

        Raises:
            ConnectionError: the answer is JSON, but not of Stripe's shape.
        """
        answer = super().request(*args, **kwargs)
        if not _may_be_of_stripe(answer):
            # The SDK would fail on it instead of repeating the call.
            raise requests.exceptions.ConnectionError(f"answered {answer.status_code}, and not in Stripe's form")
        return answer


class BoundedClient(stripe.RequestsClient):
    """The SDK's client with one deadline for a call and all its repeats."""

    def __init__(self, *, timeout_s: tuple[float, float], deadline_s: float) -> None:
        # The SDK passes a pair of time-outs on, and has the type of one.
        session = StripeSession(timeout_s=timeout_s, deadline_s=deadline_s)
        super().__init__(timeout=timeout_s, session=session)
        self._deadline_s = deadline_s

    def request_with_retries(self, *args: Any, **kwargs: Any) -> tuple[str, int, Mapping[str, str]]:
        """Make a call, and repeat it while no clear answer came and time is left."""
        with deadline(self._deadline_s):
            return super().request_with_retries(*args, **kwargs)


def _may_be_of_stripe(answer: requests.Response) -> bool:
    try:
        body = answer.json()
    except ValueError:
        # The SDK understands pages and empty answers.
        return True
    return isinstance(body, dict) and isinstance(body.get("error", {}), dict)
