"""Pages: every piece in every language, without anything inline, and nothing that a value could break out of."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from jinja2 import UndefinedError
from markupsafe import escape

from domain.money import Money
from i18n.language import LANGUAGES
from web.look.pages import STATIC, TEMPLATES, Pages, Reader
from web.look.static_files import StaticFiles

NOW = datetime(2026, 11, 28, 11, 2, tzinfo=UTC)
VALUES = {"now": NOW, "today": NOW, "price": Money(69900, "RUB")}


@pytest.fixture(scope="module")
def pages() -> Pages:
    """The shared pages alone."""
    return Pages()


class TestPages:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_piece_is_rendered_in_every_language(self, pages: Pages, language: str) -> None:
        html = pages.render("look/pieces_page.html", Reader(language, "Europe/Moscow"), **VALUES)

        assert f'<html lang="{language}" dir="ltr">' in html
        assert "14:02" in html

    def test_says_what_is_left_in_the_language_of_its_reader(self, pages: Pages) -> None:
        html = pages.render("look/pieces_page.html", Reader("ru"), **VALUES)

        assert "Осталось 3 ч 12 мин из 5 ч" in html.replace("\u00a0", " ")

    def test_has_nothing_inline(self, pages: Pages) -> None:
        html = pages.render("look/pieces_page.html", Reader(), **VALUES)

        assert re.findall(r"\sstyle=|\son[a-z]+=|javascript:|<style|<script(?![^>]* src=)", html) == []

    @pytest.mark.parametrize(("theme", "begins"), [("auto", "<html lang"), ("dark", "<html lang")])
    def test_the_theme_stands_in_the_page(self, pages: Pages, theme: str, begins: str) -> None:
        html = pages.render("look/pieces_page.html", Reader(theme=theme), **VALUES)  # type: ignore[arg-type]

        assert begins in html
        assert ('data-theme="dark"' in html) is (theme == "dark")

    def test_a_name_without_a_value_is_an_error(self, pages: Pages) -> None:
        with pytest.raises(UndefinedError):
            pages.render("look/pieces_page.html", Reader(), now=NOW)

    def test_what_a_person_typed_stays_text(self, tmp_path: Path) -> None:
        typed = "<img src=x onerror=alert(1)>\"'"
        (tmp_path / "typed.html").write_text(
            '{% import "look/pieces.html" as p with context %}'
            "{{ p.field(typed, typed, value=typed, hint=typed, error=typed) }}{{ p.badge(typed) }}"
            "{{ p.notice(typed, typed) }}{{ p.copyable(typed) }}{{ p.pairs([(typed, typed)]) }}"
            "{{ p.package_bar(typed, 60, 30) }}{{ p.cell(typed, typed) }}",
            encoding="utf-8",
        )

        html = Pages(templates=[tmp_path]).render("typed.html", Reader(), typed=typed)

        assert "<img" not in html
        assert html.count(str(escape(typed))) >= 12

    def test_no_template_turns_escaping_off(self) -> None:
        templates = list(TEMPLATES.rglob("*.html"))
        assert templates
        assert [file.name for file in templates if re.search(r"\|\s*safe|autoescape", file.read_text("utf-8"))] == []


class TestStaticFiles:
    @pytest.fixture
    def browser(self) -> TestClient:
        """A browser, and the address of the stylesheet."""
        files, app = StaticFiles([STATIC]), FastAPI()

        @app.get("/static/{name}")
        def static(request: Request, name: str) -> Response:
            return files.serve(request, name)

        client = TestClient(app)
        client.params = {}
        client.headers["x-address"] = files.address("look.css")
        return client

    def test_are_kept_for_ever_and_squeezed(self, browser: TestClient) -> None:
        answer = browser.get(browser.headers["x-address"])

        assert answer.text == (STATIC / "look.css").read_text(encoding="utf-8")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < 5_000
        assert answer.headers["content-type"] == "text/css; charset=utf-8"

    def test_are_whole_for_a_browser_that_takes_nothing_squeezed(self, browser: TestClient) -> None:
        answer = browser.get(browser.headers["x-address"], headers={"accept-encoding": "identity"})

        assert "content-encoding" not in answer.headers
        assert answer.headers["vary"] == "Accept-Encoding"

    @pytest.mark.parametrize("name", ["look.css", "look.00000000.css", "..%2fpages.py"])
    def test_another_name_is_not_found(self, browser: TestClient, name: str) -> None:
        assert browser.get(f"/static/{name}").status_code == 404

    def test_an_address_changes_with_its_file(self, tmp_path: Path) -> None:
        file = tmp_path / "a.css"
        file.write_text("a{}")
        before = StaticFiles([tmp_path]).address("a.css")

        file.write_text("b{}")

        assert StaticFiles([tmp_path]).address("a.css") != before

    def test_two_of_one_name_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "look.css").write_text("")

        with pytest.raises(ValueError, match="two static files are called"):
            StaticFiles([tmp_path, STATIC])
