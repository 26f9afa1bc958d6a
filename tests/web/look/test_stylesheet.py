"""The stylesheet: small, without a second colour for anything, and readable on every ground."""

import re
from itertools import product

import pytest

from notify.tokens import DARK, LIGHT
from web.look.pages import STATIC

CSS = (STATIC / "look.css").read_text(encoding="utf-8")
TOKENS = {
    name.replace("-", "_"): {"light": light, "dark": dark}
    for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS)
}
GROUNDS = ("bg", "surface", "sunken")
TEXTS = ("ink", "muted", "accent", "good", "warn", "bad", "promo")


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of WCAG 2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


class TestStylesheet:
    def test_has_fifteen_kilobytes_at_most(self) -> None:
        assert len(CSS.encode()) <= 15_000

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_every_text_is_readable_on_every_ground(self, theme: str) -> None:
        pairs = [(text, ground) for text, ground in product(TEXTS, GROUNDS)] + [("accent_ink", "accent")]

        too_faint = [pair for pair in pairs if contrast(TOKENS[pair[0]][theme], TOKENS[pair[1]][theme]) < 4.5]

        assert too_faint == []

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_the_border_of_a_field_is_seen(self, theme: str) -> None:
        assert all(contrast(TOKENS["field"][theme], TOKENS[ground][theme]) >= 3 for ground in GROUNDS)

    @pytest.mark.parametrize(("theme", "of_mails"), [("light", LIGHT), ("dark", DARK)])
    def test_mails_have_the_same_colours(self, theme: str, of_mails: dict[str, str]) -> None:
        assert {name: TOKENS[name][theme] for name in of_mails} == of_mails

    def test_colours_stand_in_tokens_alone(self) -> None:
        elsewhere = [
            line.strip()
            for line in CSS.splitlines()
            if re.search(r"#[0-9a-f]{3,8}\b", line) and "light-dark" not in line and "@media print" not in line
        ]

        assert elsewhere == []
