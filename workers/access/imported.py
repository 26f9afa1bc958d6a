"""Importing users and their tokens: what was said of them, and hashes of what their programs send."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from domain.access.scope import SCOPES, TokenKind
from domain.access.token import hash_token, is_token
from messages.access.requests import AccountData
from workers.old_values import moment_of

SCOPES_OF_USER = " ".join(SCOPES[TokenKind.USER])


def user_row(row: Mapping[str, Any], *, now: datetime) -> tuple[dict[str, Any], list[str]]:
    """
    Return what is saved of a user, and what of it is odd and therefore left out.

    A model of the project's own may have no names, addresses or moments; that is not odd.
    """
    opened_at, joined = moment_of(row.get("date_joined"), now=now), row.get("date_joined")
    said = {"id": str(row["id"]), "opened_at": opened_at or now}
    odd = []
    if opened_at is None and joined is not None:
        odd.append(f"date_joined is left out: {joined} is no moment of the past")
    for name in ("username", "email"):
        value = row.get(name) or None
        try:
            said[name] = getattr(AccountData(**{name: value}), name)
        except ValidationError as error:
            odd.append(f"{name} is left out: {error.errors()[0]['msg']}")
    return said, odd


def token_row(row: Mapping[str, Any], *, is_active: bool, now: datetime) -> tuple[dict[str, Any] | None, str | None]:
    """Return what is saved of a token, or why nothing is; one whose age is not known is as old as its import."""
    key = row["key"]
    if not isinstance(key, str) or not is_token(key):
        return None, "it is not one of 40 hexadecimal digits"
    if not is_active:
        return None, "its user is switched off"
    return {
        "account": str(row["user_id"]),
        "sha256": hash_token(key).hex(),
        "last_four": key[-4:],
        "scopes": SCOPES_OF_USER,
        "created_at": moment_of(row["created"], now=now) or now,
    }, None
