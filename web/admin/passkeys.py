"""What pages and buttons of the admin pages that ask for a passkey have in common."""

from fastapi import Request, Response

from domain.access.passkey import Fault, Purpose
from web.admin.operator import address_of, admin_of
from web.admin.settings import Admin
from workers.access.passkey import Answer, ask_for_answer

NO_SITE = "Passkeys need a host name: set ADMIN_URL to an address with one, and https unless it is localhost."


def give_challenge(request: Request, *, purpose: Purpose, bound_to: str) -> Response:
    """Return what a passkey has to answer, for the script of the page; 404: there are no passkeys here."""
    admin = admin_of(request)
    if admin.site is None:
        return Response(status_code=404)
    address = address_of(request)
    options = ask_for_answer(admin.context, admin.site, purpose=purpose, bound_to=bound_to, address=address)
    if isinstance(options, Fault):
        return Response(status_code=429)
    return Response(options, media_type="application/json")


def read_answer(admin: Admin, text: str, *, bound_to: str) -> Answer | None:
    """Return what a passkey has answered, as a form brings it; None: the form brings no answer."""
    return Answer(text, admin.site, bound_to) if text and admin.site is not None else None
