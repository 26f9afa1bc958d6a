"""Devices: which browser on which system, as people call them, from the line by which a browser names itself."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and its system by their names; None: it names none that is known here."""

    browser: str | None
    system: str | None

    @property
    def is_known(self) -> bool:
        """Tell whether both have a name."""
        return self.browser is not None and self.system is not None


# Most browsers name those they are made of, too, so the rarer name stands first.
_BROWSERS = (
    (r"\bEdg(?:e|A|iOS)?/", "Edge"),
    (r"\b(?:OPR|OPT|Opera)/", "Opera"),
    (r"\bYaBrowser/", "Yandex Browser"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bVivaldi/", "Vivaldi"),
    (r"\b(?:Firefox|FxiOS)/", "Firefox"),
    (r"\b(?:HeadlessChrome|Chrome|CriOS|Chromium)/", "Chrome"),
    (r"\bVersion/.*\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bWindows\b", "Windows"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bMac(?:intosh| OS X)\b", "macOS"),
    (r"\b(?:Linux|X11)\b", "Linux"),
)


def device_of(named: str | None) -> Device:
    """Return the browser and the system that a `User-Agent` names."""
    return Device(_first(_BROWSERS, named or ""), _first(_SYSTEMS, named or ""))


def _first(known: tuple[tuple[str, str], ...], named: str) -> str | None:
    return next((name for pattern, name in known if re.search(pattern, named)), None)
