"""The vault: setup tokens, the payment tokens that they become, and what is deleted."""

from typing import Any

from tests.doubles.paypal.records import SetupToken, State, Token, new_id, payer_id
from tests.doubles.paypal.refusing import Refused, unknown
from tests.doubles.paypal.rendering import token_body


def create_setup(state: State, body: dict[str, Any]) -> SetupToken:
    """Store a setup token that waits for its buyer."""
    context = body["payment_source"]["paypal"]["experience_context"]
    setup = SetupToken(new_id(), body.get("customer", {}).get("id") or new_id(9), context["return_url"])
    state.setups[setup.id] = setup
    return setup


def approve_setup(state: State, ref: str, *, refusal: str = "") -> None:
    """Let the buyer agree; `refusal` is what saving the method will be answered with."""
    setup = state.setups.get(ref)
    if setup is None or setup.status != "PAYER_ACTION_REQUIRED":
        raise ValueError(f"there is no setup token {ref} that waits")
    setup.status, setup.refusal, setup.payer_id = "APPROVED", refusal, payer_id(state.payer)


def save_method(state: State, body: dict[str, Any]) -> Token:
    """Make a payment token of an approved setup token, which is used up by that."""
    setup = state.setups.get(body["payment_source"]["token"]["id"])
    if setup is None:
        raise unknown("/payment_source/token/id")
    if setup.status != "APPROVED" or setup.refusal:
        raise Refused(422, setup.refusal or "SETUP_TOKEN_NOT_APPROVED")
    token = Token(new_id(8).lower(), setup.customer, setup.payer_id)
    state.tokens[token.id] = token
    del state.setups[setup.id]
    state.emit("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", token_body(token))
    return token


def delete_method(state: State, ref: str) -> None:
    """Take a wallet out of the vault."""
    if state.tokens.pop(ref, None) is None:
        raise unknown()
    state.emit("VAULT.PAYMENT-TOKEN.DELETED", "payment_token", {"id": ref})
