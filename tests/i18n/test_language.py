"""Which locale an account's tag stands for."""

import pytest

from i18n.language import LANGUAGES, choose_locale


class TestChooseLocale:
    @pytest.mark.parametrize(
        ("tag", "chosen"),
        [
            ("ru", "ru"),
            ("RU", "ru"),
            ("ru-RU", "ru_RU"),
            ("ru_RU", "ru_RU"),
            ("ru-Cyrl-RU", "ru_RU"),
            ("de-AT", "de_AT"),
            ("de-DE-1996", "de_DE"),
            ("es-419", "es_419"),
            ("en-US", "en_US"),
        ],
    )
    def test_takes_language_and_country(self, tag: str, chosen: str) -> None:
        assert str(choose_locale(tag)) == chosen

    @pytest.mark.parametrize(("tag", "chosen"), [("de-XX", "de"), ("ru-Nonsense", "ru"), ("es-MX-x-what", "es_MX")])
    def test_drops_what_it_does_not_know_from_the_end(self, tag: str, chosen: str) -> None:
        assert str(choose_locale(tag)) == chosen

    @pytest.mark.parametrize("tag", [None, "", "-", "fr", "zh-Hans-CN", "root", "english", "ru RU", "\0", "de" * 40])
    def test_is_english_for_anything_else(self, tag: str | None) -> None:
        assert str(choose_locale(tag)) == "en_GB"

    def test_writes_english_without_a_country_day_first(self) -> None:
        assert str(choose_locale("en")) == "en_GB"

    def test_chooses_a_language_with_a_catalogue_whatever_the_tag(self) -> None:
        tags = [*LANGUAGES, "fr", "de-CH", "en-IN", "es-US", "ru-KZ"]

        assert {choose_locale(tag).language for tag in tags} <= set(LANGUAGES)
