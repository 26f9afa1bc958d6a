"""
Keys of the installation that the database does not hold: they seal the audit log, and hide secrets of apps.

Whoever can write into the tables, but does not know a key, adds no line to the log that the audit takes for ours.
Whoever reads them makes no code of anybody's app. The keys are made from `ACCESS_SECRETS`, which lie with the engine.
"""

import hmac
import logging
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlmodel import Session

from store.engine import Engine, access_secrets_of

HIDDEN = "v1:"
"""What a hidden secret of an app begins with; without it, the secret stands there as it is."""

_BLOCK_BYTES = 64
_log = logging.getLogger(__name__)


def seal_pads(engine: Engine) -> tuple[list[bytes], list[bytes]]:
    """
    Return what HMAC-SHA-256 puts before a text and before its hash, for each key, the newest first.

    PostgreSQL has SHA-256 of its own and no HMAC without an extension, so the two halves go there.
    """
    keys = [_key(secret, "audit log").ljust(_BLOCK_BYTES, b"\0") for secret in access_secrets_of(engine)]
    return [bytes(byte ^ 0x36 for byte in key) for key in keys], [bytes(byte ^ 0x5C for byte in key) for key in keys]


def hide(session: Session, secret: str) -> str:
    """Return how the secret of an app is stored: hidden by the newest key, or as it is where there is no key."""
    keys = _app_keys(session)
    return secret if keys is None else HIDDEN + keys.encrypt(secret.encode()).decode()


def reveal(session: Session, stored: str) -> str | None:
    """Return the secret of an app; None: it is hidden by a key that is not known here, so no code of it counts."""
    if not stored.startswith(HIDDEN):
        return stored
    keys = _app_keys(session)
    try:
        if keys is not None:
            return keys.decrypt(stored.removeprefix(HIDDEN)).decode()
    except InvalidToken:
        pass
    _log.error("the secret of an app is hidden by a key that is not among ACCESS_SECRETS")
    return None


def _app_keys(session: Session) -> MultiFernet | None:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    keys = [Fernet(urlsafe_b64encode(_key(secret, "app"))) for secret in access_secrets_of(engine)]
    return MultiFernet(keys) if keys else None


def _key(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"screph billing: {purpose}".encode(), "sha256")
