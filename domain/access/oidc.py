"""
Signing in by an organisation's provider of identities (OpenID Connect): what is asked, and what has to be answered.

Source: OpenID Connect Core 1.0, sections 3.1.2.1 (asking) and 3.1.3.7 (the ID token); RFC 7636 (PKCE).
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

REQUEST_LIFETIME = timedelta(minutes=10)
"""How long somebody may take at the provider."""

FACTOR_LIFETIME = timedelta(minutes=5)
"""How long the second factor is waited for, once the provider has said who it is."""

CLOCK_SKEW = timedelta(minutes=1)
"""So far apart the provider's clock and ours may be."""

MAX_REQUESTS_OF_ADDRESS = 60
"""So many that nobody has finished may wait from one address; a whole office may have one."""

SUBJECT_CHARACTERS = 255


class OidcPurpose(StrEnum):
    """What a request to the provider, or the step after it, is for."""

    SIGN_IN = "sign_in"
    FACTOR = "factor"
    PROVE = "prove"
    CONNECT = "connect"


class OidcFault(StrEnum):
    """Why what the provider has answered does not count."""

    NOT_ASKED = "not_asked"
    TOO_MANY = "too_many"
    DECLINED = "declined"
    SILENT = "silent"
    FORGED = "forged"
    EXPIRED = "expired"
    STALE = "stale"
    NO_SECOND_FACTOR = "no_second_factor"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    INACTIVE = "inactive"
    OTHER = "other"
    TAKEN = "taken"
    SIGNED_OUT = "signed_out"


class ProviderSilent(Exception):
    """The provider did not answer, or not as its own description says it would."""


class AnswerRefused(Exception):
    """What the provider, or somebody in its name, has answered is not signed by it or not for us."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """
    What the provider is asked: `state` and `nonce` come back, `code_verifier` stays here until the code is redeemed.

    `is_fresh`: whoever it is has to sign in there again, even if they have just done so.
    """

    state: str
    nonce: str
    code_verifier: str
    redirect_address: str
    is_fresh: bool


class IdentityProvider(Protocol):
    """The provider of an installation: how people call it, and what it is asked."""

    @property
    def name(self) -> str:
        """How pages call it."""

    @property
    def issuer(self) -> str:
        """Its own address, by which its tokens name it."""

    @property
    def client_id(self) -> str:
        """How it calls us."""

    @property
    def second_factors(self) -> frozenset[str]:
        """The values of `acr` and `amr` that say that a second factor was given; empty: ours is always asked."""

    def address_of(self, asked: AuthorizationRequest) -> str:
        """
        Return the address to which a browser goes.

        Raises:
            ProviderSilent: its description cannot be had.
        """

    def redeem(self, code: str, asked: AuthorizationRequest) -> Mapping[str, object]:
        """
        Return what the ID token says that a code stands for; its signature is verified, its claims are not.

        Raises:
            ProviderSilent: there is no answer, or none that can be read.
            AnswerRefused: it does not take the code, or the token is not signed by one of its keys.
        """


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token has to say to count; `asked_at` is when it was asked for."""

    issuer: str
    client_id: str
    nonce: str
    asked_at: datetime
    is_fresh: bool
    second_factors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Identity:
    """
    Who the provider says that it is.

    `email` is there only if the provider has verified it, in small letters; `has_unverified_email`: it names one
    that it has not verified. `authenticated_at` is when they have signed in there, None: it does not say.
    """

    subject: str
    email: str | None
    has_unverified_email: bool
    has_second_factor: bool
    authenticated_at: datetime | None


def read_identity(claims: Mapping[str, object], expected: Expected, *, at: datetime) -> Identity | OidcFault:
    """
    Return who an ID token is about; or why it does not count.

    Args:
        claims: of a token whose signature was verified.
        expected: what it has to say.
        at: aware UTC moment.
    """
    subject = claims.get("sub")
    if not (_is_for_us(claims, expected) and isinstance(subject, str) and 0 < len(subject) <= SUBJECT_CHARACTERS):
        return OidcFault.FORGED
    ends_at, made_at = _moment(claims.get("exp")), _moment(claims.get("iat"))
    begins_at = _moment(claims.get("nbf", claims.get("iat")))
    if ends_at is None or made_at is None or begins_at is None:
        return OidcFault.FORGED
    if at >= ends_at + CLOCK_SKEW or max(made_at, begins_at) > at + CLOCK_SKEW:
        return OidcFault.EXPIRED
    authenticated_at = _moment(claims.get("auth_time"))
    if expected.is_fresh and (authenticated_at is None or authenticated_at < expected.asked_at - CLOCK_SKEW):
        return OidcFault.STALE
    email, is_verified = claims.get("email"), claims.get("email_verified") is True
    has_email = isinstance(email, str) and email.strip() != ""
    return Identity(
        subject,
        str(email).strip().lower() if has_email and is_verified else None,
        has_email and not is_verified,
        bool(_said_factors(claims) & expected.second_factors),
        authenticated_at and min(authenticated_at, at),
    )


def _is_for_us(claims: Mapping[str, object], expected: Expected) -> bool:
    audience, nonce = claims.get("aud"), claims.get("nonce")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != expected.issuer or expected.client_id not in audiences:
        return False
    # A token for several says for whom it was made; one that was made for a neighbour is the neighbour's to show.
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != expected.client_id:
        return False
    return isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), expected.nonce.encode())


def _said_factors(claims: Mapping[str, object]) -> set[str]:
    methods = claims.get("amr")
    said = [claims.get("acr"), *(methods if isinstance(methods, list) else [])]
    return {each for each in said if isinstance(each, str)}


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
