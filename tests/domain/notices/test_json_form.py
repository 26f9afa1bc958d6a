"""What a notice says survives the way through JSON, and what is wrong in it is named."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.money import Money
from domain.notices.content import LowBalance, PackageExpiring
from domain.notices.json_form import UnableToReadNotice, content_of, json_of
from domain.notices.notice import NoticeKind
from tests.domain.notices.contents import NOW, filled


class TestContent:
    @pytest.mark.parametrize("kind", NoticeKind)
    def test_comes_back_as_it_was(self, kind: NoticeKind) -> None:
        content = filled(kind)

        written = json.loads(json.dumps(json_of(content)))

        assert content_of(kind, written) == content

    def test_leaves_out_what_is_not_known(self) -> None:
        content = LowBalance(available_seconds=540, threshold_seconds=600)

        written = json_of(content)

        assert written == {"available_seconds": 540, "threshold_seconds": 600}
        assert content_of(NoticeKind.LOW_BALANCE, written) == content

    def test_is_in_utc_whatever_the_offset(self) -> None:
        moscow = timezone(timedelta(hours=3))
        content = replace(filled(NoticeKind.PACKAGE_EXPIRED), expired_at=datetime(2026, 11, 23, 15, tzinfo=moscow))

        read = content_of(NoticeKind.PACKAGE_EXPIRED, json_of(content))

        assert read == replace(content, expired_at=datetime(2026, 11, 23, 12, tzinfo=UTC))

    def test_of_a_newer_release_is_read_without_what_is_unknown(self) -> None:
        written = json_of(filled(NoticeKind.REFUND)) | {"colour": "red"}

        assert content_of(NoticeKind.REFUND, written) == filled(NoticeKind.REFUND)

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("days", None, "package_expiring lacks days"),
            ("days", "seven", "days of package_expiring is 'seven': wanted is int"),
            ("days", True, "days of package_expiring is True: wanted is int"),
            ("expires_at", "2026-11-23T12:00:00", "a moment needs an offset"),
            ("expires_at", 7, "expires_at of package_expiring is 7"),
        ],
    )
    def test_that_is_wrong_names_the_field(self, name: str, value: object, sentence: str) -> None:
        written = json_of(PackageExpiring("p-1", "promo", 60, NOW, 7)) | {name: value}

        with pytest.raises(UnableToReadNotice, match=sentence):
            content_of(NoticeKind.PACKAGE_EXPIRING, written)

    @pytest.mark.parametrize(
        "price", [{"minor": 1}, {"minor": 1.5, "currency": "RUB"}, {"minor": 1, "currency": "?"}, 7]
    )
    def test_with_money_that_is_none_is_refused(self, price: object) -> None:
        written = json_of(filled(NoticeKind.PURCHASE_RECEIPT)) | {"price": price}

        with pytest.raises(UnableToReadNotice, match="price of purchase_receipt"):
            content_of(NoticeKind.PURCHASE_RECEIPT, written)

    def test_has_money_with_its_currency(self) -> None:
        assert json_of(filled(NoticeKind.PURCHASE_RECEIPT))["price"] == {"minor": 69_900, "currency": "RUB"}
        assert (
            Money(69_900, "RUB")
            == content_of(NoticeKind.PURCHASE_RECEIPT, json_of(filled(NoticeKind.PURCHASE_RECEIPT))).price
        )  # type: ignore[union-attr]
