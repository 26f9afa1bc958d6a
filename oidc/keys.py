"""The provider's keys: fetched when they are wanted, kept for an hour, and fetched again for a key that is new."""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from domain.access.oidc import AnswerRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""By which a token may be signed: `none` and those with a secret that both sides know are not among them."""

KEEP_SECONDS = 3_600
AT_MOST_EVERY_SECONDS = 60
"""A token with a key that nobody knows lets the keys be fetched so often at the most."""

MAX_CHARACTERS = 16_384
"""Of a token."""


class Keys:
    """The keys of one provider; threads may share them."""

    def __init__(self, fetch: Callable[[], Mapping[str, Any]]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._keys: list[Key] = []
        self._fetched_at: float | None = None

    def verify(self, token: str) -> Mapping[str, object]:
        """
        Return the claims of a token that one of the keys has signed.

        Raises:
            AnswerRefused: none has, or it is no token.
            ProviderSilent: the keys cannot be had.
        """
        key = self._key_of(token)
        try:
            return jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError) as error:
            raise AnswerRefused(f"the token is not one of the provider's: {type(error).__name__}") from error

    def _key_of(self, token: str) -> Key:
        key_id = _key_id_of(token)
        with self._lock:
            age = None if self._fetched_at is None else time.monotonic() - self._fetched_at
            if age is None or age > KEEP_SECONDS:
                self._renew()
            elif age > AT_MOST_EVERY_SECONDS and self._found(key_id) is None:
                # Providers change their keys, and sign with the new one at once.
                self._renew()
            found = self._found(key_id)
        if found is None:
            raise AnswerRefused("the token names a key that the provider does not have")
        return found

    def _found(self, key_id: str | None) -> Key | None:
        named = [key for key in self._keys if key_id is None or key.kid == key_id]
        # Without a name there is a choice only where there is one key.
        return named[0] if len(named) == 1 or (named and key_id is not None) else None

    def _renew(self) -> None:
        listed = self._fetch().get("keys")
        self._keys = [key for each in (listed if isinstance(listed, list) else []) if (key := _read(each)) is not None]
        self._fetched_at = time.monotonic()


def _read(listed: object) -> Key | None:
    """Return a key that may verify; None: it is for something else, or of a kind that is not known here."""
    if not isinstance(listed, dict) or listed.get("kty") == "oct" or listed.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(listed)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _key_id_of(token: str) -> str | None:
    if len(token) > MAX_CHARACTERS or token.count(".") != 2:
        raise AnswerRefused("the token is not one of three parts")
    try:
        # Nothing of it is believed: it only says which key to try.
        key_id = _header(token).get("kid")
    except (ValueError, RecursionError) as error:
        raise AnswerRefused("the head of the token cannot be read") from error
    return key_id if isinstance(key_id, str) else None


def _header(token: str) -> dict[str, Any]:
    part = token.split(".")[0]
    header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(header, dict):
        raise ValueError("the head is no object")
    return header
