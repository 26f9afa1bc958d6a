"""The SDK's client, set up so that nothing of it comes from the process around it."""

import logging
import threading
from typing import Any

import requests
import stripe

TIMEOUT_S = (3.0, 15.0)
"""To connect, and between two pieces of an answer. The SDK's own 80 s would hold a worker's thread."""

RETRIES = 2
"""The SDK asks again this often, with the same key, when no clear answer came."""


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
        retries: how often to ask again when no clear answer came.
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
    Connections of each thread's own, that go straight to Stripe.

    Sessions of `requests` are not made for many threads, and the SDK shares the one it is given.
    """

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.local()

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """
        Make one call; a redirect is an answer, and no one else's answer is fetched.

        Raises:
            ConnectionError: the answer is JSON, but not of Stripe's shape.
        """
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            # No proxy from the environment, and no password from .netrc in the place of our key.
            session.trust_env = False
        answer = session.request(*args, **(kwargs | {"allow_redirects": False}))
        if not _may_be_stripes(answer):
            # A proxy on the way may answer so; the SDK would stumble over it instead of asking again.
            raise requests.exceptions.ConnectionError(f"answered {answer.status_code}, and not in Stripe's words")
        return answer


def _may_be_stripes(answer: requests.Response) -> bool:
    try:
        body = answer.json()
    except ValueError:
        # The SDK knows what to do about pages and empty answers.
        return True
    return isinstance(body, dict) and isinstance(body.get("error", {}), dict)
