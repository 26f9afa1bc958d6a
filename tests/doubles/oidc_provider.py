"""A provider of identities for tests: OpenID Connect over HTTP, with real keys; what it says, and how it lies, is chosen."""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.servers.plain_server import serving

CLIENT_ID, CLIENT_SECRET = "billing:admin", "a secret, with signs: %&+"

Claims = dict[str, Any]


def new_key() -> RSAKey:
    """A key of its own name."""
    return RSAKey.generate_key(2048, {"use": "sig", "kid": secrets.token_hex(4)}, private=True)


@dataclass
class Person:
    """Who is signed in at the provider, and by what."""

    sub: str = "person-1"
    email: str | None = "anna@example.com"
    email_verified: Any = True
    amr: list[str] | None = None
    auth_time: int | None = None

    def claims(self) -> Claims:
        """What tokens say of them; what is None is left out."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass
class OidcProviderDouble:
    """
    What the provider does; a test may change it at any time.

    `change` changes the claims before they are signed, `sign` makes a token of them. `error` is what it answers
    in place of a code; `broken` lists paths that answer with 500. `asked` are the queries of browsers that came.
    """

    url: str = ""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    person: Person = field(default_factory=Person)
    change: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    error: str | None = None
    broken: set[str] = field(default_factory=set)
    described: Claims = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=new_key)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def description(self) -> Claims:
        """What it says of itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
        } | self.described

    def answer(self, path: str, form: dict[str, str], authorization: str | None) -> tuple[int, Claims]:
        """Answer to a program."""
        match path:
            case "/.well-known/openid-configuration":
                return 200, self.description()
            case "/keys":
                return 200, {"keys": [self.key.as_dict(private=False)]}
            case "/token":
                return self.redeem(form, authorization)
            case _:
                return 404, {}

    def authorize(self, query: dict[str, str]) -> str:
        """Return where a browser goes that has asked for a code: back, for whoever asks is signed in here."""
        self.asked.append(query)
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        back = {"state": query["state"], "iss": self.url}
        if self.error is not None:
            return f"{query['redirect_uri']}?{urlencode(back | {'error': self.error})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode(back | {'code': code})}"

    def redeem(self, form: dict[str, str], authorization: str | None) -> tuple[int, Claims]:
        """Answer to a code, once, for the client that has asked for it, with its verifier."""
        user_and_password = f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()
        if authorization is not None:
            if authorization != f"Basic {base64.b64encode(user_and_password).decode()}":
                return 401, {"error": "invalid_client"}
        elif (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        query = self._codes.pop(form.get("code", ""), None)
        if query is None or form.get("redirect_uri") != query["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != query["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "none", "token_type": "Bearer", "id_token": self.token(query["nonce"])}

    def token(self, nonce: str) -> str:
        """Return an ID token about the person."""
        now = int(self.clock().timestamp())
        claims = {"iss": self.url, "aud": CLIENT_ID, "nonce": nonce, "iat": now, "exp": now + 300}
        claims = self.change(claims | self.person.claims())
        return self.sign(claims) if self.sign is not None else signed(claims, self.key)


def signed(claims: Claims, key: RSAKey, **header: Any) -> str:
    """Return a token of claims, signed by a key as a provider does."""
    return jwt.encode({"alg": "RS256", "kid": key.kid} | header, claims, key)


def unsigned(claims: Claims, **header: Any) -> str:
    """Return a token that nobody has signed."""
    parts = [json.dumps(each).encode() for each in ({"alg": "none", "typ": "JWT"} | header, claims)]
    return ".".join([*(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts), ""])


@contextmanager
def serve_oidc(*, clock: Callable[[], datetime] | None = None, port: int = 0) -> Iterator[OidcProviderDouble]:
    """Serve a double on the loopback, over plain HTTP, by the clock of the product."""
    double = OidcProviderDouble()
    if clock is not None:
        double.clock = clock

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["content-length"])).decode())

        def _answer(self, body: str) -> None:
            parts = urlsplit(self.path)
            double.calls.append(parts.path)
            location, status, said = "", 500, {}
            try:
                if parts.path == "/authorize":
                    status, location = 302, double.authorize(flat(parts.query))
                elif parts.path not in double.broken:
                    status, said = double.answer(parts.path, flat(body), self.headers["authorization"])
            except Exception as error:  # noqa: BLE001  whatever it is, the test reports it
                double.faults.append(repr(error))
            self.send_response(status)
            if location:
                self.send_header("location", location)
            content = json.dumps(said).encode()
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    try:
        with serving(Handler, port=port) as served:
            double.url = f"http://127.0.0.1:{served}"
            yield double
    finally:
        assert not double.faults, double.faults


def flat(encoded: str) -> dict[str, str]:
    """Return the last value of each name of a query or form."""
    return {name: values[-1] for name, values in parse_qs(encoded, keep_blank_values=True).items()}
