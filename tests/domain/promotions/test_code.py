"""README.md, "One code, however it is typed"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.promotions.code import ALPHABET, UnableToRead, fold, generated


class TestFold:
    @pytest.mark.parametrize(
        "typed",
        [
            "SUMMER10",
            " summer-10 ",
            "Summer_10",
            "SU\u200bMMER\u00a010",
            "\u0405UMM\u0415R1\u041e",  # Cyrillic DZE, IE and O
            "SUMMERIO",
            "summerl0",
            "\uff33\uff35\uff2d\uff2d\uff25\uff32\uff11\uff10",  # full width
            "SU\u039c\u039c\u0395R10",  # Greek MU and EPSILON
        ],
    )
    def test_is_the_same_for_what_looks_the_same(self, typed: str) -> None:
        assert fold(typed) == "SUMMER10".replace("O", "0")

    def test_keeps_letters_of_other_scripts(self) -> None:
        assert fold("\u043b\u0435\u0442\u043e") == "\u041bET0"

    @pytest.mark.parametrize("typed", ["AB", "", "-- --", "A" * 33, "A" * 100_000, "10%OFF", "A;DROP", "\U0001f600ABC"])
    def test_refuses_what_can_be_no_code(self, typed: str) -> None:
        with pytest.raises(UnableToRead, match="letters and digits"):
            fold(typed)

    @given(st.text(max_size=40))
    def test_of_what_is_folded_changes_nothing(self, typed: str) -> None:
        try:
            folded = fold(typed)
        except UnableToRead:
            return
        assert fold(folded) == folded
        assert fold(typed.lower()) == folded or typed.lower().upper() != typed.upper()


class TestGenerated:
    def test_signs_are_their_own_fold(self) -> None:
        signs = iter(ALPHABET * 2)

        code = generated(lambda _: next(signs))

        assert code == "2345-6789-ABCD"
        assert fold(code) == "23456789ABCD"
        assert fold(ALPHABET) == ALPHABET
