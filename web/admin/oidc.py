"""Signing in by an organisation's provider of identities, beside names and passwords, where one is set up."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.oidc import FACTOR_LIFETIME, REQUEST_LIFETIME, IdentityProvider, OidcFault, OidcPurpose
from domain.access.role import Permission
from web.admin.operator import SESSION_SECONDS, Signed, SignedIn, address_of, admin_of, cookie_name, set_cookie
from web.admin.passkeys import read_answer
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.sign_in import CHALLENGE, Passkey
from workers.access.factor import Proof
from workers.access.oidc import Returned, Trusted, begin_request, trust
from workers.access.oidc_entry import Entered, FactorWanted, enter, enter_with_factor
from workers.access.operator_identities import connect_identity, prove_by_provider, remove_own_identity
from workers.access.operator_sessions import NotSignedInBecause, Place

router = AdminRouter()

CALLBACK = "/oidc/callback"

ASKING = "oidc"
"""The cookie by which a browser is known that is at the provider."""

WAITING = "oidc_factor"
"""The cookie by which a browser is known whose second factor is waited for."""

_SENTENCES: Mapping[OidcFault, str] = MappingProxyType(
    {
        OidcFault.NOT_ASKED: "This was begun in another browser, was used before, or took too long. Begin again.",
        OidcFault.TOO_MANY: "Too many have begun to sign in from your network and not come back. Wait ten minutes.",
        OidcFault.DECLINED: "{name} has not said who you are. Begin again, or ask those who run {name}.",
        OidcFault.SILENT: "{name} does not answer. Try again in a moment, or sign in with your password.",
        OidcFault.FORGED: "What has come back from {name} could not be verified. Begin again.",
        OidcFault.EXPIRED: "What {name} has said is over, or not valid yet. Begin again; a clock may be wrong.",
        OidcFault.STALE: "{name} has not asked you again who you are, or does not say when. Type a code instead.",
        OidcFault.NO_SECOND_FACTOR: "{name} does not say that it has asked for a second factor. Type a code instead.",
        OidcFault.UNVERIFIED: "{name} has not verified your mail address. Verify it there, then begin again.",
        OidcFault.UNKNOWN: "Nobody here has your account of {name}. An owner invites you by your mail address; whoever "
        "has another name here connects the account on the page How you sign in.",
        OidcFault.INACTIVE: "You may not sign in here: your invitation is not taken up yet, or you are let in no more.",
        OidcFault.OTHER: "Another account of {name} is connected to this operator. Sign in with that one, or with your "
        "password and disconnect it.",
        OidcFault.TAKEN: "This account of {name} is connected to another operator.",
        OidcFault.SIGNED_OUT: "You are signed out here by now. Sign in, then begin again.",
    }
)

_STATUSES: Mapping[OidcFault, int] = MappingProxyType({OidcFault.SILENT: 503, OidcFault.TOO_MANY: 429})
"""Of answers that refuse; of all others 403."""


@router.public_action("/oidc/begin")
def begin(request: Request) -> Response:
    """Send a browser to the provider, to sign in."""
    return _leave(request, OidcPurpose.SIGN_IN)


@router.action("/oidc/prove", Permission.OWN_SESSIONS)
def begin_proof(request: Request, signed: SignedIn) -> Response:
    """Send whoever is signed in to the provider, to prove who they are."""
    return _leave(request, OidcPurpose.PROVE, signed)


@router.action("/factors/identity", Permission.OWN_FACTORS)
def begin_to_connect(request: Request, signed: SignedIn) -> Response:
    """Send whoever is signed in to the provider, to connect their account there."""
    return _leave(request, OidcPurpose.CONNECT, signed)


@router.action("/factors/identity/remove", Permission.OWN_FACTORS)
def disconnect(request: Request, signed: SignedIn) -> Response:
    """Let the account at the provider count no more."""
    admin = admin_of(request)
    if admin.provider is None:
        return _no_provider(request)
    remove_own_identity(admin.context, admin.provider, signed.actor)
    return RedirectResponse("/factors", status_code=303)


@router.public_page(CALLBACK)
def come_back(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4_000)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Take what the provider has answered; the address holds a code, which counts once and in this browser alone."""
    admin = admin_of(request)
    if admin.provider is None:
        return _no_provider(request)
    browser = request.cookies.get(cookie_name(admin, ASKING), "")
    trusted = trust(admin.context, admin.provider, Returned(state, code, browser, _redirect_address(request), iss))
    answer = _refused(request, trusted) if isinstance(trusted, OidcFault) else _taken(request, admin.provider, trusted)
    if trusted is not OidcFault.NOT_ASKED:
        # Whoever has sent this browser here by a made-up address must not end the sign-in that it is at.
        set_cookie(admin, answer, "", name=ASKING, seconds=0, samesite="lax")
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@router.public_action("/oidc/factor")
def give_factor(request: Request, code: Annotated[str, Form(max_length=100)] = "", passkey: Passkey = "") -> Response:
    """Take the second factor of whom the provider has named, and begin their session."""
    admin = admin_of(request)
    provider = admin.provider
    if provider is None:
        return _no_provider(request)
    waiting = request.cookies.get(cookie_name(admin, WAITING), "")
    browser = request.cookies.get(cookie_name(admin, CHALLENGE), "")
    proof = Proof(code, read_answer(admin, passkey, bound_to=browser))
    entered = enter_with_factor(admin.context, provider, waiting, proof, _place(request, provider))
    match entered:
        case NotSignedInBecause():
            status = 429 if entered is NotSignedInBecause.TOO_MANY else 401
            return _factor_page(request, provider, status=status, fault=entered)
        case OidcFault():
            return _refused(request, entered)
        case Entered(token):
            answer = RedirectResponse("/", status_code=303)
            for name in (WAITING, CHALLENGE):
                set_cookie(admin, answer, "", name=name, seconds=0)
            set_cookie(admin, answer, token, seconds=SESSION_SECONDS)
            return answer


def _taken(request: Request, provider: IdentityProvider, trusted: Trusted) -> Response:
    admin, place = admin_of(request), _place(request, provider)
    match trusted.request.purpose:
        case OidcPurpose.CONNECT:
            fault = connect_identity(admin.context, provider, trusted, place)
            if fault is not None:
                return _refused(request, fault, OidcPurpose.CONNECT)
            return show(request, "oidc_return.html", said="Connected", onward="/factors")
        case OidcPurpose.PROVE:
            proved = prove_by_provider(admin.context, provider, trusted, place)
            if isinstance(proved, OidcFault):
                return _refused(request, proved, OidcPurpose.PROVE)
            answer = show(request, "oidc_proved.html")
            set_cookie(admin, answer, proved.token, seconds=SESSION_SECONDS)
            return answer
        case OidcPurpose.SIGN_IN | OidcPurpose.FACTOR:
            return _entered(request, provider, enter(admin.context, provider, trusted, place))


def _entered(request: Request, provider: IdentityProvider, entered: Entered | FactorWanted | OidcFault) -> Response:
    admin = admin_of(request)
    match entered:
        case OidcFault():
            return _refused(request, entered)
        case FactorWanted(waiting=waiting):
            answer = _factor_page(request, provider)
            set_cookie(admin, answer, waiting, name=WAITING, seconds=int(FACTOR_LIFETIME.total_seconds()))
            return answer
        case Entered(token):
            # A page, not a redirect: by one that began at the provider's, a browser would bring no strict cookie along.
            answer = show(request, "oidc_return.html", said="You are signed in", onward="/")
            set_cookie(admin, answer, token, seconds=SESSION_SECONDS)
            return answer


def _leave(request: Request, purpose: OidcPurpose, signed: Signed | None = None) -> Response:
    admin = admin_of(request)
    if admin.provider is None:
        return _no_provider(request)
    begun = begin_request(
        admin.context,
        admin.provider,
        purpose,
        redirect_address=_redirect_address(request),
        address=address_of(request),
        operator_session=None if signed is None else signed.operator.session_id,
    )
    if isinstance(begun, OidcFault):
        return _refused(request, begun, purpose)
    # A page, not a redirect: `form-action` would have to name the provider's host, which may change by the hour.
    answer = show(request, "oidc_leave.html", provider=admin.provider, address=begun.address)
    seconds = int(REQUEST_LIFETIME.total_seconds())
    # Lax, for the provider sends the browser back by a link.
    set_cookie(admin, answer, begun.browser, name=ASKING, seconds=seconds, samesite="lax")
    return answer


def _factor_page(
    request: Request, provider: IdentityProvider, *, status: int = 200, fault: NotSignedInBecause | None = None
) -> Response:
    has_site = admin_of(request).site is not None
    return show(request, "oidc_factor.html", status=status, provider=provider, fault=fault, has_site=has_site)


def _refused(request: Request, fault: OidcFault, purpose: OidcPurpose = OidcPurpose.SIGN_IN) -> Response:
    provider = admin_of(request).provider
    titles = {OidcPurpose.PROVE: "Not confirmed", OidcPurpose.CONNECT: "Not connected"}
    back = ("How you sign in", "/factors") if purpose is OidcPurpose.CONNECT else ("Sign in", "/sign-in")
    return show(
        request,
        "oidc_refused.html",
        status=_STATUSES.get(fault, 403),
        title=titles.get(purpose, "Not signed in"),
        sentence=_SENTENCES[fault].format(name=provider.name if provider else ""),
        back=("The first page", "/") if purpose is OidcPurpose.PROVE else back,
    )


def _no_provider(request: Request) -> Response:
    return show(request, "nothing_here.html", status=404)


def _place(request: Request, provider: IdentityProvider) -> Place:
    return Place(address_of(request), request.headers.get("user-agent"), provider.issuer)


def _redirect_address(request: Request) -> str:
    return f"{admin_of(request).address}{CALLBACK}"
