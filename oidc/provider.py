"""The provider as the product asks it: found by its own description, asked by code and PKCE, believed by its keys."""

import base64
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from domain.access.oidc import AnswerRefused, AuthorizationRequest, ProviderSilent
from oidc.client import Client
from oidc.keys import Keys

DESCRIPTION = "/.well-known/openid-configuration"

KEEP_SECONDS = 3_600
"""How long the description is believed."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")

SCOPE = "openid email"


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """
    What an installation says of its provider.

    `second_factors`: values of `acr` and `amr` that it gives only after a second factor.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str
    second_factors: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Description:
    authorization: str
    token: str
    keys: str
    takes_basic: bool


class Provider:
    """A provider of OpenID Connect; threads may share it."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._client = Client()
        self._keys = Keys(lambda: self._client.get(self._described().keys))
        self._lock = threading.Lock()
        self._description: tuple[float, _Description] | None = None

    @property
    def name(self) -> str:
        """How pages call it."""
        return self._settings.name

    @property
    def issuer(self) -> str:
        """Its own address, by which its tokens name it."""
        return self._settings.issuer

    @property
    def client_id(self) -> str:
        """How it calls us."""
        return self._settings.client_id

    @property
    def second_factors(self) -> frozenset[str]:
        """The values of `acr` and `amr` by which it says that a second factor was given."""
        return self._settings.second_factors

    def address_of(self, asked: AuthorizationRequest) -> str:
        """
        Return the address to which a browser goes.

        Raises:
            ProviderSilent: its description cannot be had.
        """
        challenge = base64.urlsafe_b64encode(sha256(asked.code_verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "scope": SCOPE,
            "client_id": self.client_id,
            "redirect_uri": asked.redirect_address,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if asked.is_fresh:
            query |= {"prompt": "login", "max_age": "0"}
        address = self._described().authorization
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"

    def redeem(self, code: str, asked: AuthorizationRequest) -> Mapping[str, object]:
        """
        Return what the ID token says that a code stands for; its signature is verified, its claims are not.

        Raises:
            ProviderSilent: there is no answer, or none that can be read.
            AnswerRefused: it does not take the code, or the token is not signed by one of its keys.
        """
        description = self._described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": asked.redirect_address,
            "code_verifier": asked.code_verifier,
        }
        ours = (self.client_id, self._settings.client_secret)
        basic = (quote_plus(ours[0]), quote_plus(ours[1])) if description.takes_basic else None
        if basic is None:
            form |= {"client_id": ours[0], "client_secret": ours[1]}
        status, answer = self._client.post(description.token, form, basic=basic)
        if status >= 500:
            raise ProviderSilent(f"the provider answers with {status}")
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise AnswerRefused(f"the provider does not take the code: {status} {str(answer.get('error'))[:100]!r}")
        return self._keys.verify(token)

    def _described(self) -> _Description:
        with self._lock:
            known = self._description
            if known is not None and time.monotonic() - known[0] < KEEP_SECONDS:
                return known[1]
            description = self._read(self._client.get(self.issuer.rstrip("/") + DESCRIPTION))
            self._description = (time.monotonic(), description)
            return description

    def _read(self, said: Mapping[str, Any]) -> _Description:
        if said.get("issuer") != self.issuer:
            # Else whoever answers there could send browsers and codes to another provider.
            raise ProviderSilent(f"the provider calls itself {str(said.get('issuer'))[:200]!r}, not {self.issuer!r}")
        methods = said.get("token_endpoint_auth_methods_supported")
        return _Description(
            self._endpoint(said, "authorization_endpoint"),
            self._endpoint(said, "token_endpoint"),
            self._endpoint(said, "jwks_uri"),
            # What the specification says where the description does not.
            not isinstance(methods, list) or "client_secret_basic" in methods,
        )

    def _endpoint(self, said: Mapping[str, Any], name: str) -> str:
        address = said.get(name)
        if not isinstance(address, str) or not is_safe_address(address):
            raise ProviderSilent(f"the provider's {name} is no address with https")
        if urlsplit(address).scheme == "http" and urlsplit(self.issuer).scheme == "https":
            raise ProviderSilent(f"the provider's {name} is no address with https")
        return address


def is_safe_address(address: str) -> bool:
    """Tell whether an address is one of https or, for a first look, of this machine."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and port != 0 and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
