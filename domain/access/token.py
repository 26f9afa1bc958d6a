"""Tokens: their form, and what is stored of them."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zlib import crc32

from domain.access.scope import SCOPES, Scope, TokenKind

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_LETTERS = 32
CHECKSUM_LETTERS = 6

PREFIXES = {TokenKind.USER: "scr_u_", TokenKind.SERVER: "scr_s_", TokenKind.WIDGET: "scr_w_"}

_FORM = re.compile(rf"scr_[usw]_[0-9A-Za-z]{{{SECRET_LETTERS + CHECKSUM_LETTERS}}}")
_OLD_FORM = re.compile(r"[0-9a-f]{40}")
_NAME_LETTERS = 64


class UnableToIssue(ValueError):
    """A token that is asked for would belong to nobody, or allow what its kind may not."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """
    A token as it is stored, without its text.

    `account` is the store's number of the owning account; a server's token has a `name` instead. `expires_at` is
    exclusive, None never. A widget's token has the `origin` of the page that it is for.
    """

    kind: TokenKind
    sha256: bytes
    last_four: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    account: int | None = None
    name: str | None = None
    origin: str | None = None


def compose_token(kind: TokenKind, secret: str) -> str:
    """
    Return the text of a token.

    Args:
        kind: decides the prefix.
        secret: `SECRET_LETTERS` of `ALPHABET`, at random.

    Source: domain/access/README.md, "Form".
    """
    body = PREFIXES[kind] + secret
    return body + _checksum(body)


def is_token(text: str) -> bool:
    """Tell whether a text can be a token at all, one of the old backend's included."""
    if _FORM.fullmatch(text):
        return _checksum(text[:-CHECKSUM_LETTERS]) == text[-CHECKSUM_LETTERS:]
    return _OLD_FORM.fullmatch(text) is not None


def hash_token(text: str) -> bytes:
    """Return the 32 bytes by which a token is stored and found."""
    return sha256(text.encode()).digest()


def allowed_scopes(kind: TokenKind, wanted: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """
    Return the scopes of a new token: those that are wanted, or all that its kind may have.

    Raises:
        UnableToIssue: its kind may not have one of them.
    """
    for scope in wanted:
        if scope not in SCOPES[kind]:
            raise UnableToIssue(f"a {kind} token cannot have {scope}; it can have {', '.join(SCOPES[kind])}")
    return tuple(scope for scope in SCOPES[kind] if scope in wanted or not wanted)


def check_name(name: str) -> str:
    """
    Return the name of a server, without blanks around it.

    Raises:
        UnableToIssue: it is empty, too long, or cannot be printed.
    """
    name = name.strip()
    if not name or len(name) > _NAME_LETTERS or not name.isprintable():
        raise UnableToIssue(f"a server's name is 1 to {_NAME_LETTERS} characters that can be printed")
    return name


def _checksum(body: str) -> str:
    number, letters = crc32(body.encode()), ""
    for _ in range(CHECKSUM_LETTERS):
        number, place = divmod(number, len(ALPHABET))
        letters = ALPHABET[place] + letters
    return letters
