"""The history as a file, and by what was added or used."""

import csv
from io import StringIO

import pytest

from tests.web.portal.browser import Browser
from tests.web.portal.test_pages import words
from tests.workers.events import grant, registered, usage
from tests.workers.minutes.harness import MinutesHarness
from web.csv_rows import csv_text


def rows_of(browser: Browser) -> list[list[str]]:
    """The rows of the file."""
    answer = browser.get("/history.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert 'attachment; filename="screph-' in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeff")
    return list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))


class TestFile:
    def test_has_every_line_newest_first_in_the_buyers_words(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 7_200), usage(harness.account, 600))

        head, used, added = rows_of(signed_in)

        assert head[:4] == ["Когда", "Что", "Пакет", "Секунды"]
        assert used[1:6] == ["Использовано", "Купленный", "-600", "6600", "0"]
        assert used[6] == "Минуты оставались только в этом пакете."
        assert added[1:5] == ["Начислено", "Купленный", "7200", "7200"]
        assert added[0].endswith("+03:00")

    def test_goes_on_over_its_pages(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 36_000_000))
        for part in range(3):
            harness.apply(*(usage(harness.account, 1 + number) for number in range(400 * part, 400 * part + 400)))

        rows = rows_of(signed_in)[1:]

        assert len(rows) == 1_201
        assert [int(row[3]) for row in rows[:-1]] == [-number for number in range(1_200, 0, -1)]

    def test_has_nothing_of_others(self, signed_in: Browser, harness: MinutesHarness) -> None:
        stranger = MinutesHarness(harness.engine)
        stranger.apply(registered(stranger.account), grant(stranger.account, 77 * 60))

        assert len(rows_of(signed_in)) == 1

    def test_of_nobody_is_given_to_nobody(self, browser: Browser) -> None:
        assert browser.get("/history.csv").headers["location"].startswith("/enter")


class TestCells:
    def test_are_never_formulas(self) -> None:
        evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "plain", 'quote"d, x']

        [row] = csv.reader(StringIO(csv_text([evil])))

        assert row == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t'=1", "'\r'=1", "plain", 'quote"d, x']

    @pytest.mark.parametrize(
        ("evil", "safe"),
        [
            ("a;=1+1", "a;'=1+1"),
            ('a;"=1', "a;\"'=1"),
            ("a\n=1", "a\n'=1"),
            ("\n=1", "'\n'=1"),
            ("\uff1d1+1", "'\uff1d1+1"),
            ("re; - no; a-b", "re; - no; a-b"),
            ("'=1", "'=1"),
        ],
    )
    def test_are_none_where_a_semicolon_begins_a_cell(self, evil: str, safe: str) -> None:
        [row] = csv.reader(StringIO(csv_text([[evil]])))

        assert row == [safe]

    def test_of_numbers_stay_numbers(self) -> None:
        assert csv_text([[-600, 0, None, -0.25, 1 / 3, -0.00001]]) == "-600,0,,-0.25,0.3333,0.0\r\n"


class TestChoice:
    def test_shows_what_was_added_or_what_was_used(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 7_200), usage(harness.account, 600))

        added, used = (words(signed_in.get(f"/history?only={only}")) for only in ("in", "out"))

        assert "Начислено Купленный +2 ч" in added
        assert "Использовано" not in added
        assert "Использовано" in used
        assert "Начислено Купленный" not in used

    def test_keeps_its_choice_from_page_to_page(self, signed_in: Browser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 36_000), *(usage(harness.account, 1 + number) for number in range(70)))

        page = signed_in.get("/history?only=out").text

        assert "&amp;only=out" in page

    def test_that_there_is_none_answers_a_page(self, signed_in: Browser) -> None:
        assert signed_in.get("/history?only=x").status_code == 422
