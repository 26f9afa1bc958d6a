"""One browser and one installation for each process that runs these tests."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import MISSING, find_chromium, open_chromium
from tests.browser.installation import Installation, installed
from tests.browser.visiting import Visitor
from tests.servers.find import FoundPostgres, FoundRabbit


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; tests are skipped where there is none."""
    program = find_chromium()
    if program is None:
        pytest.skip(MISSING)
    with open_chromium(program) as browser:
        yield browser


@pytest.fixture(scope="package")
def installation(
    chromium: Browser, postgres_server: FoundPostgres, migrated_database: str, rabbit_server: FoundRabbit
) -> Iterator[Installation]:
    """A whole installation; it is there only where there is a browser for it."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with TemporaryDirectory(prefix="billing-browser-") as folder, installed(url, rabbit_server.url, Path(folder)) as it:
        yield it
    postgres_server.drop_database(url)


@pytest.fixture
def visitor(chromium: Browser, installation: Installation) -> Iterator[Visitor]:
    """Somebody with a browser of their own, in English, with JavaScript."""
    with Visitor(chromium, installation.address) as somebody:
        yield somebody
        assert somebody.faults == []
