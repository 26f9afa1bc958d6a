"""The SDK's client, which takes nothing from the process around it: no proxy, no password, no settings."""

import logging
import threading
from typing import Any

import requests
import stripe

TIMEOUT_S = (3.0, 15.0)
"""To connect, and between two pieces of an answer. The SDK's own 80 s would hold a worker's thread."""

RETRIES = 2
"""How often the SDK repeats a call, with the same key, when no clear answer came."""


def open_client(
    secret_key: str,
    api_base: str,
    *,
    timeout_s: tuple[float, float] = TIMEOUT_S,
    retries: int = RETRIES,
) -> stripe.StripeClient:
    """
    Return a client that threads may share.

    Args:
        secret_key: `sk_…` or `rk_…`.
        api_base: without a slash at its end.
        timeout_s: to connect, and between two pieces of an answer.
        retries: how often to repeat a call when no clear answer came.
    """
    stripe.enable_telemetry = False
    # At INFO and DEBUG the SDK logs what is sent and answered, with e-mail addresses.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout_s, session=DirectSession()),
    )


class DirectSession(requests.Session):
    """
    A session that opens connections of its own for each thread, straight to Stripe.

    A session of `requests` is not safe for many threads, and the SDK shares the one it is given.
    """

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.local()

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """
        Make one call; a redirect is an answer, and is not followed.

        Raises:
            ConnectionError: the answer is JSON, but not of Stripe's shape.
        """
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            # No proxy from the environment, and no password from .netrc instead of our key.
            session.trust_env = False
        answer = session.request(*args, **(kwargs | {"allow_redirects": False}))
        if not _may_be_of_stripe(answer):
            # A proxy on the way may answer so; the SDK would fail on it instead of repeating the call.
            raise requests.exceptions.ConnectionError(f"answered {answer.status_code}, and not in Stripe's form")
        return answer


def _may_be_of_stripe(answer: requests.Response) -> bool:
    try:
        body = answer.json()
    except ValueError:
        # The SDK understands pages and empty answers.
        return True
    return isinstance(body, dict) and isinstance(body.get("error", {}), dict)
