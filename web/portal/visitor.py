"""Who is at the other end: the session that a cookie names, and the language, zone and theme of their pages."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Literal, TypeVar, cast, get_args

from fastapi import Depends, Form, Request, Response

from asgi.peers import counted_address
from domain.access.session import VIEW_LIFETIME
from i18n.language import LANGUAGES
from store.access.read import Visitor
from web.language import accepted_language
from web.look.pages import Reader, Theme
from web.own_page import is_from_own_page
from web.portal.settings import Portal
from workers.access.sessions import visitor_of

SESSION_SECONDS = 90 * 24 * 3600

F = TypeVar("F", bound=Callable[..., Any])


class NotSignedIn(Exception):
    """The page is for somebody, and nobody is signed in."""


class Forged(Exception):
    """A form came from another site, or from a page of another session."""


class ReadOnly(Exception):
    """An operator looks as somebody else does; they change nothing."""


@dataclass(frozen=True, slots=True)
class Signed:
    """
    A signed-in request: who it is, how their pages look, and the secret of their forms.

    Whoever only looks has `view_minutes_left`, rounded up.
    """

    visitor: Visitor
    reader: Reader
    form_secret: str
    view_minutes_left: int = 0


def portal_of(request: Request) -> Portal:
    """Return what the portal was told at its start."""
    return cast(Portal, request.app.state.portal)


def cookie_name(portal: Portal, name: str) -> str:
    """Return the name of a cookie; `__Host-` binds it to this host, so no neighbour can set it."""
    return f"__Host-{name}" if portal.is_secure else name


def set_cookie(portal: Portal, response: Response, name: str, value: str, *, seconds: int) -> None:
    """Set a cookie that scripts cannot read and that comes along from our own pages and from links alone."""
    response.set_cookie(
        cookie_name(portal, name),
        value,
        max_age=seconds,
        secure=portal.is_secure,
        httponly=True,
        samesite="lax",
        path="/",
    )


def delete_cookie(portal: Portal, response: Response, name: str) -> None:
    """Let the browser forget a cookie."""
    set_cookie(portal, response, name, "", seconds=0)


def reader_of(request: Request, visitor: Visitor | None = None) -> Reader:
    """
    Return how a person's pages look: what they chose in this browser, else what is known of their account.

    Without either, the language is the first of the browser's that has a catalogue.
    """
    portal, cookies = portal_of(request), request.cookies
    chosen = cookies.get(cookie_name(portal, "language"))
    of_account = visitor.locale if visitor else None
    language = (chosen if chosen in LANGUAGES else None) or of_account or accepted_language(request)
    theme = cookies.get(cookie_name(portal, "theme"), "auto")
    return Reader(
        language,
        visitor.time_zone if visitor else None,
        cast(Theme, theme) if theme in get_args(Theme) else "auto",
    )


def address_of_visitor(request: Request) -> str | None:
    """Return the address that a request comes from, by which tries are counted; None: it is not known."""
    return counted_address(request, portal_of(request).trusted_proxies)


def signed_in(request: Request) -> Signed:
    """
    Return who is signed in; a dependency of every page that is somebody's.

    Raises:
        NotSignedIn: nobody.
    """
    portal = portal_of(request)
    token = request.cookies.get(cookie_name(portal, "session"))
    visitor = visitor_of(portal.context, token) if token else None
    if token is None or visitor is None:
        raise NotSignedIn
    # So that telemetry and logs need no account to tell requests of one session from others.
    left = 0
    if visitor.is_read_only:
        left = -int((portal.context.clock() - visitor.created_at - VIEW_LIFETIME).total_seconds() // 60)
    return Signed(visitor, reader_of(request, visitor), _form_secret(token), left)


def changes_nothing(request: Request) -> None:
    """
    Refuse whatever would change something for an operator who only looks; a dependency of every route.

    Raises:
        ReadOnly: they may only look, end that, or begin to look at somebody else.
    """
    # Known by what is called, not by its path.
    if request.method in ("GET", "HEAD") or getattr(request.scope.get("endpoint"), "is_of_sessions", False):
        return
    portal = portal_of(request)
    token = request.cookies.get(cookie_name(portal, "session"))
    visitor = visitor_of(portal.context, token) if token else None
    if visitor is not None and visitor.is_read_only:
        raise ReadOnly


def of_sessions(endpoint: F) -> F:
    """Let an endpoint work for whoever only looks: it begins or ends a session, and nothing else."""
    endpoint.is_of_sessions = True  # type: ignore[attr-defined]
    return endpoint


def owner_only(signed: Annotated[Signed, Depends(signed_in)]) -> Signed:
    """
    Return who is signed in; a dependency of pages that write something down when they are opened.

    Raises:
        ReadOnly: it is an operator who only looks.
    """
    if signed.visitor.is_read_only:
        raise ReadOnly
    return signed


def from_own_page(request: Request) -> None:
    """
    Refuse a form that another site has sent; a dependency of every POST.

    Raises:
        Forged: it came from elsewhere.
    """
    if not is_from_own_page(request, portal_of(request).address):
        raise Forged


def own_form(
    request: Request, signed: Annotated[Signed, Depends(signed_in)], form_secret: Annotated[str, Form()] = ""
) -> Signed:
    """
    Return who has sent a form; a dependency of every POST of somebody who is signed in.

    Raises:
        Forged: it came from another site, or its page was another session's.
        NotSignedIn: nobody is signed in.
    """
    from_own_page(request)
    if not hmac.compare_digest(form_secret.encode(), signed.form_secret.encode()):
        raise Forged
    return signed


OwnerOnly = Annotated[Signed, Depends(owner_only)]
SignedIn = Annotated[Signed, Depends(signed_in)]
OwnForm = Annotated[Signed, Depends(own_form)]
Permission = Literal["public", "buyer"]


def _form_secret(token: str) -> str:
    return sha256(f"form {token}".encode()).hexdigest()
