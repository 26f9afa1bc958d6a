"""Requests to an organisation's provider of identities: each leaves, and its answer counts once, or not."""

import base64
import hmac
import logging
import secrets
from dataclasses import dataclass
from hashlib import sha256

from domain.access.oidc import (
    MAX_REQUESTS_OF_ADDRESS,
    REQUEST_LIFETIME,
    AnswerRefused,
    AuthorizationRequest,
    Expected,
    Identity,
    IdentityProvider,
    OidcFault,
    OidcPurpose,
    ProviderSilent,
    read_identity,
)
from store.access.identity import OidcRequest, add_request, count_requests, forget_requests, take_request
from store.engine import Session
from workers.access.operator_sessions import hash_of
from workers.context import Context

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that has left: where the browser goes, and what its cookie holds until it is back."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Returned:
    """
    What a browser brings back from the provider.

    `browser` is what its cookie holds, `redirect_address` the address that it has come back to, `issuer` who it says
    that it comes from (RFC 9207).
    """

    state: str
    code: str
    browser: str
    redirect_address: str
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """An answer that counts: the request that it is to, and who the provider says that it is."""

    request: OidcRequest
    identity: Identity


def begin_request(
    context: Context,
    provider: IdentityProvider,
    purpose: OidcPurpose,
    *,
    redirect_address: str,
    address: str | None,
    operator_session: int | None = None,
) -> Begun | OidcFault:
    """
    Begin a request to the provider; or say why there is none.

    Args:
        context: what handlers need.
        provider: who is asked.
        purpose: what the answer is to count for.
        redirect_address: to which the browser is to come back.
        address: of the internet, by which unanswered ones are counted; None: it is not known.
        operator_session: of whoever is signed in.
    """
    state, browser, at = secrets.token_urlsafe(32), secrets.token_urlsafe(32), context.clock()
    try:
        # It may have to be fetched, so no transaction is open meanwhile.
        target = provider.address_of(_asked(state, browser, redirect_address, purpose))
    except ProviderSilent as error:
        log.warning("the provider of identities cannot be asked: %s", error)
        return OidcFault.SILENT
    request = OidcRequest(
        hash_of(state), purpose, hash_of(browser), at, at + REQUEST_LIFETIME, address, operator_session
    )

    def work(session: Session) -> bool:
        forget_requests(session, before=at)
        if address is not None and count_requests(session, address) >= MAX_REQUESTS_OF_ADDRESS:
            return False
        add_request(session, request)
        return True

    return Begun(target, browser) if context.transact(work) else OidcFault.TOO_MANY


def trust(context: Context, provider: IdentityProvider, returned: Returned) -> Trusted | OidcFault:
    """Use up the request that an answer is to, and return who the provider says that it is; or why it is nobody."""
    request = context.transact(lambda session: take_request(session, hash_of(returned.state)))
    at = context.clock()
    is_ours = request is not None and hmac.compare_digest(request.bound_hash, hash_of(returned.browser))
    if request is None or not is_ours or request.expires_at <= at or request.purpose is OidcPurpose.FACTOR:
        return OidcFault.NOT_ASKED
    if returned.issuer not in (None, provider.issuer):
        return OidcFault.FORGED
    if not returned.code:
        return OidcFault.DECLINED
    asked = _asked(returned.state, returned.browser, returned.redirect_address, request.purpose)
    try:
        claims = provider.redeem(returned.code, asked)
    except ProviderSilent as error:
        log.warning("the provider of identities does not answer: %s", error)
        return OidcFault.SILENT
    except AnswerRefused as error:
        log.warning("an answer in the name of the provider of identities was refused: %s", error)
        return OidcFault.FORGED
    expected = Expected(
        provider.issuer, provider.client_id, asked.nonce, request.asked_at, asked.is_fresh, provider.second_factors
    )
    identity = read_identity(claims, expected, at=at)
    if isinstance(identity, OidcFault):
        log.warning("an answer of the provider of identities does not count: %s", identity)
        return identity
    return Trusted(request, identity)


def _asked(state: str, browser: str, redirect_address: str, purpose: OidcPurpose) -> AuthorizationRequest:
    # Nonce and verifier come from what the browser alone holds, so the database knows neither.
    return AuthorizationRequest(
        state,
        _derived(browser, f"nonce {state}"),
        _derived(browser, f"verifier {state}"),
        redirect_address,
        is_fresh=purpose is OidcPurpose.PROVE,
    )


def _derived(secret: str, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), text.encode(), sha256)).decode().rstrip("=")
