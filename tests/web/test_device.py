"""Devices: browsers and systems by the names that people know."""

import pytest

from web.device import Device, device_of

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


class TestDevice:
    @pytest.mark.parametrize(
        ("named", "browser", "system"),
        [
            (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome", "Windows"),
            (f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge", "Windows"),
            (
                f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140.0 YaBrowser/25.8 Safari/537.36",
                "Yandex Browser",
                "Windows",
            ),
            (f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            (f"{MOZILLA} (X11; Linux x86_64) {WEBKIT} HeadlessChrome/140.0 Safari/537.36", "Chrome", "Linux"),
            (f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome", "ChromeOS"),
            (
                f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18.6 Safari/605.1",
                "Safari",
                "macOS",
            ),
            (
                f"{MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari",
                "iPhone",
            ),
            (
                f"{MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) CriOS/140.0 Mobile Safari/604.1",
                "Chrome",
                "iPhone",
            ),
            (f"{MOZILLA} (iPad; CPU OS 18_6 like Mac OS X) FxiOS/140.0 Safari/605.1", "Firefox", "iPad"),
            (f"{MOZILLA} (Linux; Android 15; Pixel 9) {WEBKIT} Chrome/140.0 Mobile Safari/537.36", "Chrome", "Android"),
            (
                f"{MOZILLA} (Linux; Android 14) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
                "Samsung Internet",
                "Android",
            ),
            (f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 OPR/121.0", "Opera", "Windows"),
        ],
    )
    def test_is_called_as_people_call_it(self, named: str, browser: str, system: str) -> None:
        found = device_of(named)

        assert found == Device(browser, system)
        assert found.is_known

    @pytest.mark.parametrize("named", [None, "", "python-requests/2.32", "Chrome", "Windows-Update-Agent"])
    def test_that_names_no_browser_is_not_known(self, named: str | None) -> None:
        assert not device_of(named).is_known
