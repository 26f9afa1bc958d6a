"""What the errors of Stripe's SDK mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from domain.gateway.errors import CallRefused, GatewayError, NotAllowed, NotFound, UnableToReach

MISSING = "resource_missing"


@contextmanager
def translate_errors(action: str) -> Iterator[None]:
    """
    Turn errors of the SDK into ours.

    Args:
        action: what the call does, in words that may stand in a log: `refunding payment pi_1`.

    Raises:
        UnableToReach: it may have been done or not; or it was not done and may be done later.
        CallRefused: Stripe refused it.
    """
    try:
        yield
    except stripe.StripeError as error:
        # Stripe's sentences may quote what we sent, e-mail addresses too: neither they nor the error
        # that carries them may reach a log. The number of the request leads to them.
        raise error_of(error, action) from None


def error_of(error: stripe.StripeError, action: str) -> GatewayError:
    """Return an error of the SDK as ours."""
    match error:
        case stripe.PermissionError():
            return NotAllowed(f"{action}: Stripe does not accept our secret key for this{_request(error)}")
        case stripe.AuthenticationError():
            # Nothing was done, and the call succeeds once the key is corrected; a final no would fail
            # every refund and renewal until then.
            return UnableToReach(f"{action}: Stripe does not accept our secret key for this{_request(error)}")
        case stripe.IdempotencyError():
            # An earlier call with this key asked for something else and may have moved money.
            return UnableToReach(f"{action}: its key was used before with other content{_request(error)}")
        case stripe.InvalidRequestError() if error.http_status != 409:
            return _refusal(error, action)
        case stripe.CardError():
            return _refusal(error, action)
        case _:
            answer = "gave no answer" if error.http_status is None else f"answered {error.http_status}"
            return UnableToReach(f"{action}: Stripe {answer}{_request(error)}")


def error_in(error: stripe.StripeError) -> dict[str, Any]:
    """Return the `error` object of Stripe's answer, or an empty one."""
    body = error.json_body
    inner = body.get("error") if isinstance(body, dict) else None
    return inner if isinstance(inner, dict) else {}


def _refusal(error: stripe.StripeError, action: str) -> CallRefused:
    inner = error_in(error)
    code = str(inner.get("decline_code") or inner.get("code") or inner.get("type") or "invalid_request_error")
    where = f" in {inner['param']}" if inner.get("param") else ""
    kind = NotFound if error.http_status == 404 or code == MISSING else CallRefused
    return kind(code, f"{action}: Stripe refused: {code}{where}{_request(error)}")


def _request(error: stripe.StripeError) -> str:
    return f" (request {error.request_id})" if error.request_id else ""
