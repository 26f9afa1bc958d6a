"""Every string of code and templates is translated into every language, and nothing else is in a catalogue."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from i18n.catalogue import LOCALES, catalogue_file, load_catalogue
from i18n.extract import catalogue_text, extract, read_catalogue, untranslated, updated
from i18n.language import LANGUAGES

PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%|%")
PROPER_NAMES = {"YooKassa"}
SAME_IN_GERMAN = {"%(count)s h", "%(count)s min", "%(count)s s", "%(weekday)s, %(day)s", "Bonus", "Name", "Passkeys"}
SAME_IN_SPANISH = {"%(count)s h", "%(count)s min", "%(count)s s"}
SAME: dict[str, set[str]] = {"de": PROPER_NAMES | SAME_IN_GERMAN, "es": PROPER_NAMES | SAME_IN_SPANISH, "ru": set()}


@pytest.fixture(scope="module")
def found() -> Catalog:
    """Every string that code and templates say to people."""
    return extract()


def strings(message: Message) -> Iterator[str]:
    """The translations of a message: one, or one for each plural form."""
    yield from [message.string] if isinstance(message.string, str) else message.string or ()


def sources(message: Message) -> Iterator[str]:
    """What the code says: one string, or singular and plural."""
    yield from [message.id] if isinstance(message.id, str) else message.id


def placeholders(text: str) -> list[str]:
    """The placeholders of a text, sorted; a lone % is one, too, since it would end in an error."""
    return sorted(match.group() for match in PLACEHOLDER.finditer(text))


class TestExtract:
    def test_finds_strings_of_code_and_of_templates(self, found: Catalog) -> None:
        files = {file for message in found for file, _ in message.locations}

        assert files >= {"i18n/formats.py", "notify/names.py", "notify/templates/layout.html"}
        assert files >= {f"notify/templates/low_balance/{name}" for name in ("subject.txt", "body.txt", "body.html")}

    def test_says_each_plural_with_its_count(self, found: Catalog) -> None:
        plurals = [message for message in found if message.id and message.pluralizable]

        assert plurals
        assert [m.id for m in plurals if not all("%(count)s" in text for text in m.id)] == []


class TestCatalogues:
    def test_there_is_one_for_each_language_and_no_other(self) -> None:
        assert sorted(folder.name for folder in LOCALES.iterdir()) == sorted(LANGUAGES)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_what_make_messages_writes(self, found: Catalog, language: str) -> None:
        written = catalogue_file(language).read_text(encoding="utf-8")

        # A string that is missing, or that nobody says any more, is a difference.
        assert written == catalogue_text(updated(read_catalogue(language), found)), "run `make messages`"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_nothing_empty_fuzzy_or_obsolete(self, language: str) -> None:
        catalogue = read_catalogue(language)

        assert untranslated(catalogue) == []
        assert list(catalogue.obsolete) == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_keeps_every_placeholder(self, language: str) -> None:
        changed = [
            (message.id, text)
            for message in read_catalogue(language)
            if message.id
            for text in strings(message)
            for source in sources(message)
            if placeholders(text) != placeholders(source)
        ]

        assert changed == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_passes_the_checks_of_babel(self, language: str) -> None:
        assert [(message.id, errors) for message, errors in read_catalogue(language).check()] == []

    @pytest.mark.parametrize("language", ["de", "es", "ru"])
    def test_differs_from_english_but_for_names_and_units(self, language: str) -> None:
        same = {message.id for message in read_catalogue(language) if message.id and message.id == message.string}

        assert same <= SAME[language]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_ends_a_sentence_where_the_source_does(self, language: str) -> None:
        changed = [
            (message.id, text)
            for message in read_catalogue(language)
            if message.id
            for text in strings(message)
            if text.endswith((".", "!", "?", ":")) != next(sources(message)).endswith((".", "!", "?", ":"))
            or text != text.strip()
        ]

        assert changed == []


class TestUpdated:
    def test_notices_what_is_new_and_drops_what_is_gone(self) -> None:
        before, found = Catalog(locale="ru"), Catalog()
        before.add("Order", "Заказ")
        before.add("Gone", "Ушло")
        found.add("Order", locations=[("a.txt", 0)])
        found.add("New", locations=[("a.txt", 0)])
        found.add(("%(count)s day", "%(count)s days"), locations=[("a.txt", 0)])

        after = updated(before, found)

        assert {message.id: message.string for message in after if message.id} == {
            "Order": "Заказ",
            "New": "",
            ("%(count)s day", "%(count)s days"): ("", "", ""),
        }
        assert untranslated(after) == ["New", "('%(count)s day', '%(count)s days')"]

    def test_keeps_a_fuzzy_mark_and_reports_it(self) -> None:
        before, found = Catalog(locale="ru"), Catalog()
        before.add("Order", "Заказ", flags=["fuzzy"])
        found.add("Order")

        assert untranslated(updated(before, found)) == ["Order"]

    def test_fills_english_with_what_the_code_says(self) -> None:
        found = Catalog()
        found.add("Order")
        found.add(("%(count)s day", "%(count)s days"))

        after = updated(Catalog(locale="en"), found)

        assert untranslated(after) == []


class TestLoadCatalogue:
    @pytest.mark.parametrize(
        ("count", "words"),
        [
            (1, "минута"),
            (2, "минуты"),
            (5, "минут"),
            (11, "минут"),
            (21, "минута"),
            (111, "минут"),
            (0, "минут"),
            (122, "минуты"),
        ],
    )
    def test_knows_the_three_forms_of_russian(self, count: int, words: str) -> None:
        text = load_catalogue("ru").ngettext("%(count)s minute", "%(count)s minutes", count)

        assert text % {"count": count} == f"{count}\u00a0{words}"

    @pytest.mark.parametrize(("language", "one", "many"), [("de", "Minute", "Minuten"), ("es", "minuto", "minutos")])
    def test_knows_the_two_forms_of_german_and_spanish(self, language: str, one: str, many: str) -> None:
        catalogue = load_catalogue(language)

        texts = [catalogue.ngettext("%(count)s minute", "%(count)s minutes", count) for count in (1, 0, 2, 21)]

        assert texts == [f"%(count)s\u00a0{words}" for words in (one, many, many, many)]

    def test_says_in_english_what_nobody_has_translated(self) -> None:
        assert load_catalogue("ru").gettext("Nobody has said this yet") == "Nobody has said this yet"
