"""Widgets: tokens with which a page shows a user's balance, and nothing else."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from domain.access.scope import Scope, TokenKind
from domain.access.token import UnableToIssue
from messages.fields import Data
from web.api.v1.caller import CallerOf
from web.api.v1.fields import Answer, At
from web.api.v1.operation import OF_ACCOUNT, Family
from web.api.v1.problems import problem
from workers.access.token import WantedToken, create_token

family = Family("Widget", "The balance on a page of yours.")

LIFETIME = timedelta(minutes=15)


class NewWidgetToken(Data):
    """On which page the balance is shown."""

    origin: Annotated[
        str,
        Field(
            description="Scheme, host and port of the page; one that the installation names",
            max_length=300,
            examples=["https://screph.example"],
        ),
    ]


class WidgetToken(Answer):
    """What `<screph-balance>` needs."""

    token: Annotated[str, Field(description="Shown this once", examples=["scr_w_\N{HORIZONTAL ELLIPSIS}"])]
    expires_at: At
    api: Annotated[str, Field(description="Its attribute `api`", examples=["https://api.screph.example"])]
    script: Annotated[str, Field(description="What defines it", examples=["https://my.screph.example/widget.js"])]
    buy: Annotated[str, Field(description="Its attribute `buy`", examples=["https://my.screph.example/buy"])]


EXAMPLE = {
    "token": "scr_w_\N{HORIZONTAL ELLIPSIS}",
    "expires_at": "2026-11-28T09:15:00Z",
    "api": "https://api.screph.example",
    "script": "https://my.screph.example/widget.js",
    "buy": "https://my.screph.example/buy",
}


@family.add(
    "POST",
    f"{OF_ACCOUNT}/widget-tokens",
    Scope.ACCOUNT_WRITE,
    audience="servers",
    status=201,
    problems=("bad_request", "content_too_large", "unknown_account", "origin_not_allowed"),
    answers=WidgetToken,
    example=EXAMPLE,
    asked={"origin": "https://screph.example"},
)
def create_widget_token(caller: CallerOf, wanted: NewWidgetToken) -> WidgetToken:
    """
    Make a token for a widget.

    It reads the balance for 15 minutes, from pages of one origin. It takes no Idempotency-Key: of a secret nothing is
    kept that a repeat could be answered with.
    """
    settings, context = caller.api.settings, caller.context
    if wanted.origin not in settings.widget_origins:
        raise problem("origin_not_allowed", "WEB_WIDGET_ORIGINS names the origins that may show a balance")
    expires_at = context.clock() + LIFETIME
    try:
        issued = create_token(
            context, WantedToken(TokenKind.WIDGET, caller.account_id, (), LIFETIME, origin=wanted.origin)
        )
    except UnableToIssue as error:
        raise problem("unknown_account", str(error)) from error
    portal = settings.portal_url
    return WidgetToken(
        token=issued.text,
        expires_at=expires_at,
        api=settings.address,
        script=f"{portal}/widget.js",
        buy=f"{portal}/buy",
    )
