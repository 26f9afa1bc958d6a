"""Tokens: their form, the checksum, scopes by kind."""

import pytest

from domain.access.scope import SCOPES, Scope, TokenKind
from domain.access.token import (
    ALPHABET,
    SECRET_LETTERS,
    UnableToIssue,
    allowed_scopes,
    check_name,
    compose_token,
    hash_token,
    is_token,
)

SECRET = (ALPHABET * 2)[:SECRET_LETTERS]


class TestForm:
    @pytest.mark.parametrize(
        ("kind", "prefix"),
        [(TokenKind.USER, "scr_u_"), (TokenKind.SERVER, "scr_s_"), (TokenKind.WIDGET, "scr_w_")],
    )
    def test_has_the_prefix_of_its_kind(self, kind: TokenKind, prefix: str) -> None:
        token = compose_token(kind, SECRET)

        assert token.startswith(prefix + SECRET)
        assert len(token) == len(prefix) + SECRET_LETTERS + 6
        assert is_token(token)

    def test_is_the_same_for_ever(self) -> None:
        assert compose_token(TokenKind.USER, "0" * SECRET_LETTERS) == "scr_u_" + "0" * SECRET_LETTERS + "4Ljfx6"

    @pytest.mark.parametrize("place", range(6, 6 + SECRET_LETTERS + 6))
    def test_is_refused_with_one_wrong_letter(self, place: int) -> None:
        token = compose_token(TokenKind.USER, SECRET)
        other = "x" if token[place] != "x" else "y"

        assert not is_token(token[:place] + other + token[place + 1 :])

    @pytest.mark.parametrize("text", ["", "scr_u_", "scr_x_" + "0" * 38, "f" * 39, "f" * 41, "F" * 40, "ж" * 40])
    def test_is_refused_where_it_is_another(self, text: str) -> None:
        assert not is_token(text)

    def test_may_be_that_of_the_old_backend(self) -> None:
        assert is_token("0123456789abcdef0123456789abcdef01234567")

    def test_is_stored_as_a_hash_of_32_bytes(self) -> None:
        assert len(hash_token(SECRET)) == 32
        assert hash_token(SECRET) != hash_token(SECRET[::-1])


class TestScopes:
    @pytest.mark.parametrize("kind", TokenKind)
    def test_are_all_that_a_kind_may_have_unless_less_is_wanted(self, kind: TokenKind) -> None:
        assert allowed_scopes(kind, ()) == SCOPES[kind]
        assert allowed_scopes(kind, (SCOPES[kind][0],)) == (SCOPES[kind][0],)

    def test_are_refused_where_a_kind_may_not_have_them(self) -> None:
        with pytest.raises(UnableToIssue, match="a widget token cannot have minutes:spend; it can have account:read"):
            allowed_scopes(TokenKind.WIDGET, (Scope.MINUTES_SPEND,))


class TestName:
    def test_is_taken_without_blanks_around_it(self) -> None:
        assert check_name(" screph-server ") == "screph-server"

    @pytest.mark.parametrize("name", ["", "  ", "x" * 65, "two\nlines"])
    def test_is_refused_where_a_list_could_not_show_it(self, name: str) -> None:
        with pytest.raises(UnableToIssue, match="1 to 64"):
            check_name(name)
