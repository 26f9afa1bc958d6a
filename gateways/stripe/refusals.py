"""What the errors of Stripe's SDK mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from domain.gateway.errors import CallRefused, GatewayError, NotFound, UnableToReach

MISSING = "resource_missing"


@contextmanager
def telling(wish: str) -> Iterator[None]:
    """
    Turn errors of the SDK into ours.

    Args:
        wish: what the call is for, in words that may stand in a log.

    Raises:
        UnableToReach: whether it was done is unknown, or it was not and may be later.
        CallRefused: Stripe said no to it.
    """
    try:
        yield
    except stripe.StripeError as error:
        # Stripe's sentences may quote what we sent, an e-mail address too: neither they nor the
        # error that carries them may come into a log. The number of the request leads to them.
        raise told(error, wish) from None


def told(error: stripe.StripeError, wish: str) -> GatewayError:
    """Return an error of the SDK as ours."""
    match error:
        case stripe.AuthenticationError() | stripe.PermissionError():
            # Nothing was done, and all will be well once the key is put right; a final no would
            # fail every refund and renewal that falls into the time until then.
            return UnableToReach(f"{wish}: Stripe does not accept our secret key for this{_request(error)}")
        case stripe.IdempotencyError():
            # An earlier call with this key asked for something else and may have moved money.
            return UnableToReach(f"{wish}: its key was used before with other content{_request(error)}")
        case stripe.InvalidRequestError() if error.http_status != 409:
            return _refusal(error, wish)
        case stripe.CardError():
            return _refusal(error, wish)
        case _:
            answer = "gave no answer" if error.http_status is None else f"answered {error.http_status}"
            return UnableToReach(f"{wish}: Stripe {answer}{_request(error)}")


def error_in(error: stripe.StripeError) -> dict[str, Any]:
    """Return the `error` of Stripe's answer, or an empty one."""
    body = error.json_body
    inner = body.get("error") if isinstance(body, dict) else None
    return inner if isinstance(inner, dict) else {}


def _refusal(error: stripe.StripeError, wish: str) -> CallRefused:
    inner = error_in(error)
    code = str(inner.get("decline_code") or inner.get("code") or inner.get("type") or "invalid_request_error")
    where = f" in {inner['param']}" if inner.get("param") else ""
    kind = NotFound if error.http_status == 404 or code == MISSING else CallRefused
    return kind(code, f"{wish}: Stripe refused: {code}{where}{_request(error)}")


def _request(error: stripe.StripeError) -> str:
    return f" (request {error.request_id})" if error.request_id else ""
