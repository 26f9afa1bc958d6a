"""A newcomer types `make run` on a fresh machine and opens the address that README's first screen ends with."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.browser.samples import PATHS
from tests.journeys.billing import Billing
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until
from tests.web.portal.browser import is_listening

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The portal's address on a fresh machine; not in a folder of pytest's, as for the demonstration."""
    portal = ReservedPort()
    with TemporaryDirectory(prefix="billing-first-look-") as folder:
        billing = Billing(
            {
                "EMBEDDED_DIR": folder,
                "WEB_PORTAL_PORT": str(portal.number),
                "PORTAL_URL": f"http://127.0.0.1:{portal.number}",
            }
        )
        with billing.running("run"):
            wait_until(lambda: is_listening(portal.number), "the portal listens", limit_s=60)
            yield f"http://127.0.0.1:{portal.number}"
    portal.release()


def open_demo(address: str, language: str = "en") -> tuple[httpx.Client, str]:
    """Open the address in a new browser; return it and the page, with spaces that are spaces."""
    browser = httpx.Client(follow_redirects=True, trust_env=False, headers={"accept-language": language}, timeout=30)
    page = browser.get(f"{address}/demo")
    assert page.status_code == 200
    return browser, re.sub(r"\s+", " ", page.text.replace("\u00a0", " "))


class TestFirstLook:
    def test_opens_a_buyers_portal_with_minutes(self, address: str) -> None:
        browser, page = open_demo(address)

        assert "6 h 30 min" in page
        assert "At your pace that lasts until about" in page
        assert "Starter" in browser.get(f"{address}/buy").text
        assert "Why this package?" in browser.get(f"{address}/history").text

    def test_gives_the_minutes_once_however_often_it_is_opened(self, address: str) -> None:
        assert all("6 h 30 min" in open_demo(address)[1] for _ in range(3))

    @pytest.mark.parametrize("language", ["de", "ru"])
    def test_speaks_the_browsers_language(self, address: str, language: str) -> None:
        assert f'<html lang="{language}"' in open_demo(address, language)[1]

    def test_is_the_address_that_readme_names(self) -> None:
        first_screen = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("\n## ")[1]

        assert "make run " in first_screen
        assert "http://127.0.0.1:8001/demo" in first_screen


class TestElsewhere:
    def test_there_is_no_such_page(self) -> None:
        assert "/" in PATHS
        assert "/demo" not in PATHS
