"""Kinds of notices: each has its content, and its word on the wire."""

from typing import get_args

import pytest

from domain.notices.delivery import Channel
from domain.notices.notice import CONTENT, NoticeKind
from messages.notices.kinds import ChannelName, NoticeKindName


class TestKinds:
    def test_have_a_content_each(self) -> None:
        assert list(CONTENT) == list(NoticeKind)
        assert len(set(CONTENT.values())) == len(NoticeKind)

    def test_have_the_same_words_on_the_wire(self) -> None:
        assert list(get_args(NoticeKindName)) == [kind.value for kind in NoticeKind]
        assert list(get_args(ChannelName)) == [channel.value for channel in Channel]

    @pytest.mark.parametrize("kind", ["purchase_receipt", "refund", "renewed", "topup_done"])
    def test_that_are_receipts_are_about_money(self, kind: str) -> None:
        assert NoticeKind(kind).is_receipt
        assert NoticeKind(kind).is_about_money

    @pytest.mark.parametrize("kind", ["low_balance", "out_of_minutes", "package_expiring", "renewal_coming"])
    def test_that_can_wait_until_the_morning(self, kind: str) -> None:
        assert not NoticeKind(kind).is_about_money
        assert not NoticeKind(kind).is_receipt
