"""Who is at the other end: the operator that a cookie names, what they may do, and whether they have just proved it."""

import hmac
from dataclasses import dataclass
from typing import Annotated, Literal, cast, get_args

from fastapi import Depends, Form, Request, Response

from asgi.peers import peer_of_request
from domain.access.act import Act, Actor
from domain.access.operator import LONGEST, is_proved
from domain.access.role import STEPS_UP, Permission, may
from store.access.read_operators import SignedOperator
from web.admin.settings import Admin
from web.look.pages import Reader, Theme
from web.own_page import is_from_own_page
from workers.access.factor import Proof
from workers.access.operator_factors import session_bound
from workers.access.operator_sessions import NotSignedInBecause, operator_of, prove
from workers.access.passkey import Answer

SESSION_SECONDS = int(LONGEST.total_seconds())
COOKIE = "operator"


class NotSignedIn(Exception):
    """The page is for operators, and nobody is signed in."""


class Forged(Exception):
    """A form came from another site, or from a page of another session."""


class NotAllowed(Exception):
    """The operator's role does not have the permission that a page or a button needs."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission)
        self.permission = permission


class ProofNeeded(Exception):
    """The second factor is needed again; `fault` says in a sentence what was wrong with what was given."""

    def __init__(self, fault: str | None = None) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed-in request: who it is, from where, and how their pages look."""

    operator: SignedOperator
    reader: Reader
    address: str | None
    request_id: str | None = None

    @property
    def form_secret(self) -> str:
        """What stands in their forms."""
        return self.operator.form_secret

    @property
    def actor(self) -> Actor:
        """Whoever it is, for the audit log."""
        operator = self.operator
        return Actor(operator.name, operator.role, operator.number, operator.session_id, self.address, self.request_id)

    def may(self, permission: str) -> bool:
        """Tell whether they may do something; pages show no button that would be refused."""
        return may(self.operator.role, Permission(permission))

    def act(self, action: str, object_name: str | None = None, **rest: object) -> Act:
        """Return what the audit log is to say of what they do."""
        return Act(self.actor, action, object_name, **rest)  # type: ignore[arg-type]


def admin_of(request: Request) -> Admin:
    """Return what the admin pages were told at their start."""
    return cast(Admin, request.app.state.admin)


def cookie_name(admin: Admin, name: str = COOKIE) -> str:
    """Return the name of a cookie; `__Host-` binds it to this host, so no neighbour can set it."""
    return f"__Host-{name}" if admin.is_secure else name


def set_cookie(
    admin: Admin,
    response: Response,
    value: str,
    *,
    name: str = COOKIE,
    seconds: int,
    samesite: Literal["strict", "lax"] = "strict",
) -> None:
    """Set a cookie that scripts cannot read and that comes along from our own pages; `lax`: by links to us, too."""
    response.set_cookie(
        cookie_name(admin, name),
        value,
        max_age=seconds,
        secure=admin.is_secure,
        httponly=True,
        samesite=samesite,
        path="/",
    )


def reader_of(request: Request) -> Reader:
    """Return how pages look in this browser; the admin pages are in English, and their moments in UTC."""
    theme = request.cookies.get(cookie_name(admin_of(request), "theme"), "auto")
    return Reader("en", None, cast(Theme, theme) if theme in get_args(Theme) else "auto")


def address_of(request: Request) -> str | None:
    """Return where a request comes from, as far as our own proxies say."""
    peer = peer_of_request(request, admin_of(request).trusted_proxies)
    return None if peer is None else str(peer)


def signed_in(request: Request) -> Signed:
    """
    Return who is signed in; a dependency of every page but the one that signs in.

    Raises:
        NotSignedIn: nobody.
    """
    admin = admin_of(request)
    token = request.cookies.get(cookie_name(admin))
    operator = operator_of(admin.context, token) if token else None
    if operator is None:
        raise NotSignedIn
    return Signed(operator, reader_of(request), address_of(request), getattr(request.state, "request_id", None))


def from_own_page(request: Request) -> None:
    """
    Refuse a form that another site has sent.

    Raises:
        Forged: it came from elsewhere.
    """
    if not is_from_own_page(request, admin_of(request).address):
        raise Forged


@dataclass(frozen=True)
class Gate:
    """What stands before a page: only who has the permission comes in."""

    permission: Permission

    def __call__(self, signed: Annotated[Signed, Depends(signed_in)]) -> None:
        """
        Let the request in.

        Raises:
            NotAllowed: the role does not have the permission.
        """
        if not may(signed.operator.role, self.permission):
            raise NotAllowed(self.permission)


@dataclass(frozen=True)
class FormGate:
    """What stands before a button: only a form of one's own page comes in, with a fresh proof where one is needed."""

    permission: Permission

    def __call__(
        self,
        request: Request,
        signed: Annotated[Signed, Depends(signed_in)],
        form_secret: Annotated[str, Form(max_length=200)] = "",
        proof: Annotated[str, Form(max_length=100)] = "",
        proof_passkey: Annotated[str, Form(max_length=8_000)] = "",
    ) -> None:
        """
        Let the request in.

        Raises:
            Forged: it came from another site, or its page was another session's.
            NotAllowed: the role does not have the permission.
            ProofNeeded: the second factor was given too long ago, or wrongly.
        """
        from_own_page(request)
        if not hmac.compare_digest(form_secret.encode(), signed.form_secret.encode()):
            raise Forged
        if not may(signed.operator.role, self.permission):
            raise NotAllowed(self.permission)
        if self.permission in STEPS_UP:
            self._prove(request, signed, proof, proof_passkey)

    def _prove(self, request: Request, signed: Signed, code: str, passkey: str) -> None:
        admin = admin_of(request)
        context = admin.context
        if not code and not passkey:
            if is_proved(signed.operator.proved_at, at=context.clock()):
                return
            raise ProofNeeded
        bound_to = session_bound(signed.operator.session_id)
        answer = Answer(passkey, admin.site, bound_to) if passkey and admin.site is not None else None
        token = prove(context, signed.operator, Proof(code, answer), address=signed.address)
        if token is NotSignedInBecause.TOO_MANY:
            raise ProofNeeded("Too many wrong codes. Wait a quarter of an hour.")
        if token is NotSignedInBecause.WRONG:
            if answer is not None:
                raise ProofNeeded("The passkey could not be verified. Try again, or type a code.")
            raise ProofNeeded("This code is wrong, or was used before. The app shows a new one within 30 seconds.")
        # A cookie that somebody has copied before is worth nothing after a proof.
        request.state.new_token = token


SignedIn = Annotated[Signed, Depends(signed_in)]
