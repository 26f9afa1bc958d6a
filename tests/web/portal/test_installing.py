"""The portal as an app: manifests, the service worker, the page without a connection, and the icons."""

import json
import re
import struct
import zlib

import pytest

from i18n.language import LANGUAGES
from tests.web.portal.browser import Browser
from web.look.draw_icons import ICONS, Icon, draw
from web.portal.app import FOLDER
from web.portal.installing import FILES


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and rows of a PNG file; how they are packed depends on the library."""
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT")
    [length] = struct.unpack(">I", png[start - 4 : start])
    return width, height, zlib.decompress(png[start + 4 : start + 4 + length])


class TestTheManifest:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_in_each_language_and_can_be_installed(self, browser: Browser, language: str) -> None:
        answer = browser.get(f"/app/{language}.webmanifest")

        about = answer.json()
        assert answer.headers["Content-Type"] == "application/manifest+json"
        assert (about["lang"], about["start_url"], about["display"]) == (language, "/", "standalone")
        assert {(one["sizes"], one["purpose"]) for one in about["icons"]} == {
            ("192x192", "any"),
            ("512x512", "any"),
            ("512x512", "maskable"),
        }
        for one in about["icons"]:
            icon = browser.get(one["src"])
            assert (icon.status_code, icon.headers["Content-Type"]) == (200, "image/png")

    def test_is_named_by_each_page_in_its_language(self, signed_in: Browser) -> None:
        assert '<link rel="manifest" href="/app/ru.webmanifest">' in signed_in.get("/").text


class TestTheServiceWorker:
    def test_keeps_static_files_and_a_page_in_each_language_that_is_about_nobody(self, browser: Browser) -> None:
        answer = browser.get("/service-worker.js")

        files = re.search(r"const FILES = (\[.*?\]);", answer.text)
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert answer.headers["Cache-Control"] == "no-cache"
        assert files is not None
        kept = re.findall(r'"([^"]+)"', files.group(1))
        assert len(kept) == len(FILES)
        assert all(path.startswith("/static/") and browser.get(path).status_code == 200 for path in kept)
        offline = re.search(r"const OFFLINE = (\{.*?\});", answer.text)
        assert offline is not None
        assert json.loads(offline.group(1)) == {language: f"/offline?lang={language}" for language in LANGUAGES}

    def test_is_one_for_all_languages(self, browser: Browser) -> None:
        # Another address would replace the worker each time that somebody chooses another language.
        assert browser.get("/service-worker.js?lang=de").content == browser.get("/service-worker.js").content

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_a_page_for_no_connection(self, signed_in: Browser, language: str) -> None:
        page = signed_in.get(f"/offline?lang={language}")

        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.text
        # It is kept in the browser, so even for somebody who is signed in it is about nobody.
        assert "form_secret" not in page.text
        assert page.headers["Cache-Control"] == "public, max-age=3600"

    @pytest.mark.parametrize("path", ["/", "/buy", "/history", "/receipts", "/settings/notices"])
    def test_may_keep_no_page_of_an_account(self, signed_in: Browser, path: str) -> None:
        assert signed_in.get(path).headers["Cache-Control"] == "no-store"


class TestIcons:
    @pytest.mark.parametrize("icon", ICONS, ids=lambda icon: icon.name)
    def test_are_as_large_as_they_say(self, icon: Icon) -> None:
        width, height, _ = pixels((FOLDER / "static" / icon.name).read_bytes())

        assert (width, height) == (icon.side, icon.side)

    def test_are_what_the_script_draws(self) -> None:
        smallest = ICONS[0]

        assert pixels(draw(smallest)) == pixels((FOLDER / "static" / smallest.name).read_bytes())

    def test_have_nothing_at_their_edge_where_systems_may_cut(self) -> None:
        [maskable] = [icon for icon in ICONS if "maskable" in icon.name]
        side, _, rows = pixels((FOLDER / "static" / maskable.name).read_bytes())
        ground = rows[1:5]

        margin, row_bytes = side // 10, 1 + 4 * side
        edge = [
            rows[row * row_bytes + 1 : (row + 1) * row_bytes] for row in (*range(margin), *range(side - margin, side))
        ]

        assert set(edge) == {ground * side}
