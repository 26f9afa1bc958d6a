"""A product: what it is called in a language, and when what it grants ends."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.catalogue.product import Product, ProductKind, Wording

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RUSSIAN, ENGLISH, BRITISH, GERMAN = (Wording(name) for name in ("Стандартный", "Standard", "Standard, sir", "Norm"))


def product(*, valid_days: int | None = None, **wordings: Wording) -> Product:
    """A product; a language tag in `wordings` has `_` where it should have `-`."""
    named = {tag.replace("_", "-"): wording for tag, wording in wordings.items()}
    return Product("standard", ProductKind.ONE_OFF, 18_000, valid_days, wordings=named)


class TestWording:
    @pytest.mark.parametrize(
        ("locale", "expected"),
        [
            ("ru", RUSSIAN),
            ("ru-RU", RUSSIAN),
            ("ru-Cyrl-RU", RUSSIAN),
            ("en-GB", BRITISH),
            ("en-US", ENGLISH),
            ("en", ENGLISH),
            ("fr", ENGLISH),
            ("fr-FR", ENGLISH),
            ("", ENGLISH),
            (None, ENGLISH),
            ("-", ENGLISH),
        ],
    )
    def test_is_the_nearest_to_the_language(self, locale: str | None, expected: Wording) -> None:
        named = product(de=GERMAN, ru=RUSSIAN, en_GB=BRITISH, en=ENGLISH)

        assert named.wording(locale) == expected

    def test_is_the_first_there_is_without_english(self) -> None:
        assert product(de=GERMAN, ru=RUSSIAN).wording("fr") == GERMAN

    def test_is_the_id_where_there_is_none(self) -> None:
        assert product().wording("ru") == Wording("standard")

    def test_of_a_region_does_not_stand_in_for_the_language(self) -> None:
        assert product(en_GB=BRITISH, ru=RUSSIAN).wording("ru-RU") == RUSSIAN


class TestExpiresAt:
    def test_is_so_many_days_later_to_the_microsecond(self) -> None:
        assert product(valid_days=30).expires_at(NOON) == NOON + timedelta(days=30)

    def test_is_a_day_later_at_the_earliest(self) -> None:
        assert product(valid_days=1).expires_at(NOON) == NOON + timedelta(hours=24)

    def test_is_never_where_it_has_no_days(self) -> None:
        assert product().expires_at(NOON) is None
