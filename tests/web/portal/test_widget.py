"""The balance on other people's pages: the script, the frame, and who may have either."""

import re
import subprocess
from pathlib import Path

import httpx
import pytest

from store.engine import Engine
from tests.asgi.running import running
from tests.node.packages import node_and_npm
from web.portal.app import FOLDER, create_portal
from web.portal.settings import Portal
from workers.context import Context

PAGE = "https://screph.example"
MAX_BYTES = 10_240


@pytest.fixture(scope="module")
def portal_url(shared_engine: Engine) -> object:
    """The address of a portal that one page may frame."""
    portal = Portal(
        Context(shared_engine),
        "https://my.screph.example",
        api_address="https://api.screph.example",
        widget_origins=(PAGE,),
    )
    with running(create_portal(portal)) as url:
        yield url


def ask(url: str, path: str, **parameters: str) -> httpx.Response:
    """Ask as a browser does that nobody has signed in."""
    return httpx.get(f"{url}{path}", params=parameters)


class TestTheScript:
    def test_is_small_and_any_page_may_load_it(self, portal_url: str) -> None:
        answer = ask(portal_url, "/widget.js")

        assert answer.status_code == 200
        assert len(answer.content) <= MAX_BYTES
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cache-Control"] == "public, max-age=3600"

    def test_has_the_same_words_in_each_language(self) -> None:
        text = (FOLDER / "static" / "widget.js").read_text(encoding="utf-8")
        languages = re.findall(r"^  (\w\w): \{(.*?)\},$", text, re.MULTILINE | re.DOTALL)
        keys = {language: set(re.findall(r"(\w+): \"", words)) for language, words in languages}

        assert set(keys) == {"en", "de", "es", "ru"}
        assert len({frozenset(words) for words in keys.values()}) == 1

    @pytest.mark.parametrize("name", ["widget.js", "widget-frame.js", "live.js"])
    def test_can_be_read_by_a_browser(self, name: str, tmp_path: Path) -> None:
        node, _ = node_and_npm()
        module = tmp_path / name.replace(".js", ".mjs")
        module.write_bytes((FOLDER / "static" / name).read_bytes())

        checked = subprocess.run([node, "--check", module], capture_output=True, check=False)

        assert checked.stderr.decode() == ""


class TestTheFrame:
    def test_may_be_shown_by_the_page_that_it_names_alone(self, portal_url: str) -> None:
        answer = ask(portal_url, "/widget", origin=PAGE, lang="ru", theme="dark")

        policy = answer.headers["Content-Security-Policy"]
        assert answer.status_code == 200
        assert f"frame-ancestors {PAGE}" in policy
        assert "connect-src https://api.screph.example;" in policy
        assert 'lang="ru"' in answer.text
        assert 'data-theme="dark"' in answer.text
        assert f'data-origin="{PAGE}"' in answer.text
        assert "form" not in answer.text

    @pytest.mark.parametrize("origin", ["", "https://evil.example", "https://screph.example.evil.example", "*"])
    def test_is_not_there_for_others(self, portal_url: str, origin: str) -> None:
        answer = ask(portal_url, "/widget", origin=origin)

        assert answer.status_code == 404
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("path", ["/enter", "/buy", "/"])
    def test_is_the_only_page_that_may_be_framed(self, portal_url: str, path: str) -> None:
        assert "frame-ancestors 'none'" in ask(portal_url, path).headers["Content-Security-Policy"]
