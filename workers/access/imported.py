"""Importing users and their tokens: what was said of them, and hashes of what their programs send."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from domain.access.scope import SCOPES, TokenKind
from domain.access.token import hash_token, is_token
from messages.access.requests import AccountData

SCOPES_OF_USER = " ".join(SCOPES[TokenKind.USER])


def user_row(row: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what is saved of a user, and what of it is odd and therefore left out."""
    said = {"id": str(row["id"]), "opened_at": in_utc(row["date_joined"])}
    odd = []
    for name in ("username", "email"):
        value = row[name] or None
        try:
            said[name] = getattr(AccountData(**{name: value}), name)
        except ValidationError as error:
            odd.append(f"{name} is left out: {error.errors()[0]['msg']}")
    return said, odd


def token_row(row: Mapping[str, Any], *, is_active: bool) -> tuple[dict[str, Any] | None, str | None]:
    """Return what is saved of a token, or why nothing is."""
    if not is_token(row["key"]):
        return None, "it is not one of 40 hexadecimal digits"
    if not is_active:
        return None, "its user is switched off"
    return {
        "account": str(row["user_id"]),
        "sha256": hash_token(row["key"]).hex(),
        "last_four": row["key"][-4:],
        "scopes": SCOPES_OF_USER,
        "created_at": in_utc(row["created"]),
    }, None


def in_utc(moment: datetime) -> datetime:
    """Return a moment of the old backend; on SQLite Django stores UTC without saying so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
