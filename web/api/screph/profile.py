"""`profile/`: who the user is, and what they can spend."""

from typing import Any

from store.access.read import BearerToken
from store.minutes.read_offered import Wording, account_profile
from web.api.screph.forms import profile_form
from web.api.screph.route import TEXTS, ScrephError
from web.reading import read
from workers.context import Context

LOCALE = "ru"
"""The language of Screph's program."""


def wording_of(context: Context) -> Wording:
    """Return how offers are named and priced for Screph's program."""
    return Wording(LOCALE, context.shop.currency)


def account_of(token: BearerToken) -> str:
    """
    Return whose token it is.

    Raises:
        ScrephError: a server's, which has no profile.
    """
    if token.account_id is None:
        raise ScrephError(403, TEXTS[403])
    return token.account_id


def read_profile(context: Context, token: BearerToken) -> dict[str, Any]:
    """
    Return the answer of the call, as of now: no cache, for the program reads it right after it has spent.

    Raises:
        ScrephError: the token has no account.
        Unavailable: the database cannot be read.
    """
    account_id, wording = account_of(token), wording_of(context)
    now, policy = context.clock(), context.rules.policy
    profile = read(context, lambda session: account_profile(session, account_id, wording, now=now, policy=policy))
    return profile_form(profile)
