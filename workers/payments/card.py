"""Cards: what a payment or a setup shows of the card, by which accounts are known to be one person's."""

from datetime import datetime

from domain.identity import identity_of_card
from store.engine import Session
from store.identity import account_number, note_identities


def note_card(session: Session, account_id: str, gateway: str, fingerprint: str | None, *, at: datetime) -> None:
    """
    Note with an account by what its card or wallet is told again; None: the gateway does not say.

    Source: gateways/README.md, "Fingerprints".
    """
    if fingerprint is not None:
        card = identity_of_card(gateway, fingerprint)
        note_identities(session, account_number(session, account_id), [card], at=at)
