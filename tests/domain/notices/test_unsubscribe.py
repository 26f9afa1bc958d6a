"""The link that unsubscribes: what we have written is read again, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notices.notice import NoticeKind
from domain.notices.unsubscribe import UnableToVerify, Unsubscription, read_token, write_token

SECRET = b"a secret of sixteen or more"
SAID = Unsubscription("user-4711", NoticeKind.LOW_BALANCE)


class TestToken:
    @given(account_id=st.text(min_size=1, max_size=64), kind=st.sampled_from(NoticeKind))
    def test_says_what_was_written(self, account_id: str, kind: NoticeKind) -> None:
        said = Unsubscription(account_id.encode(errors="replace").decode(), kind)

        token = write_token(said, secret=SECRET)

        assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
        assert read_token(token, secret=SECRET) == said

    def test_is_the_same_each_time_so_a_repeated_mail_is_the_same(self) -> None:
        assert write_token(SAID, secret=SECRET) == write_token(SAID, secret=SECRET)

    def test_of_another_secret_is_refused(self) -> None:
        with pytest.raises(UnableToVerify):
            read_token(write_token(SAID, secret=b"another"), secret=SECRET)

    @pytest.mark.parametrize("token", ["", "x", "====", "AAAA", "привет", "A" * 200, "a b"])
    def test_of_nobody_is_refused(self, token: str) -> None:
        with pytest.raises(UnableToVerify):
            read_token(token, secret=SECRET)

    @given(position=st.integers(0, 10_000), letter=st.sampled_from("AbC019-_"))
    def test_with_one_letter_changed_is_refused_or_the_same(self, position: int, letter: str) -> None:
        token = write_token(SAID, secret=SECRET)
        place = position % len(token)
        changed = token[:place] + letter + token[place + 1 :]

        if changed != token:
            try:
                read = read_token(changed, secret=SECRET)
            except UnableToVerify:
                return
            # The last letter of base64 has bits that stand for nothing.
            assert place == len(token) - 1
            assert read == SAID
