"""Setups at the sandbox: a page on which a card is saved and nothing is paid."""

from datetime import timedelta

from domain.gateway.setup import SetupStatus
from gateways.sandbox.server.bodies import NewSetup
from gateways.sandbox.server.payments import save_card
from gateways.sandbox.server.records import SetupRecord
from gateways.sandbox.server.state import Refusal, SandboxState, moment_of, new_ref
from gateways.sandbox.server.views import view

SETUP_LIFETIME = timedelta(hours=1)


def create_setup(state: SandboxState, body: NewSetup) -> SetupRecord:
    """Open a page that saves a card."""
    with state.change() as now:
        setup = SetupRecord(
            ref=new_ref("sbx_set"),
            created_at=now.isoformat(),
            changed_at=now.isoformat(),
            expires_at=(now + SETUP_LIFETIME).isoformat(),
            **body.model_dump(),
        )
        state.records.setups[setup.ref] = setup
        return setup


def find_setup(state: SandboxState, ref: str) -> SetupRecord:
    """
    Return a setup; one whose time is over expires now.

    Raises:
        Refusal: there is none.
    """
    with state.lock:
        setup = state.records.setups.get(ref)
        if setup is None:
            raise Refusal(404, "not_found", "there is no such setup")
        if setup.state is SetupStatus.PENDING and moment_of(setup.expires_at) <= state.clock():
            _move(state, setup, SetupStatus.EXPIRED)
        return setup


def finish_setup(state: SandboxState, ref: str) -> SetupRecord:
    """Save the buyer's card."""
    with state.change() as now:
        setup = _waiting(state, ref)
        setup.method = save_card(state, setup.account_id, now)
        return _move(state, setup, SetupStatus.SAVED)


def fail_setup(state: SandboxState, ref: str, code: str) -> SetupRecord:
    """Let the buyer's bank refuse that the card is saved."""
    with state.change():
        setup = _waiting(state, ref)
        setup.failure = code
        return _move(state, setup, SetupStatus.FAILED)


def expire_setup(state: SandboxState, ref: str) -> SetupRecord:
    """Let the page run out of time."""
    return _move(state, _waiting(state, ref), SetupStatus.EXPIRED)


def forget_method(state: SandboxState, token: str) -> None:
    """
    Remove a saved card.

    Raises:
        Refusal: there is none.
    """
    with state.change():
        if state.records.methods.pop(token, None) is None:
            raise Refusal(404, "not_found", "there is no such saved method")


def _waiting(state: SandboxState, ref: str) -> SetupRecord:
    setup = find_setup(state, ref)
    if setup.state is not SetupStatus.PENDING:
        raise Refusal(409, "setup_over", f"the setup is {setup.state} already")
    return setup


def _move(state: SandboxState, setup: SetupRecord, to: SetupStatus) -> SetupRecord:
    with state.change() as now:
        setup.state, setup.changed_at = to, now.isoformat()
        state.emit(f"setup.{to}", setup.ref, view(state.records, setup), now)
        return setup
