"""Tokens: the colours of mails, those of portal and panel; mail programs know no variables, so they stand inline."""

from typing import Final

LIGHT: Final = {
    "bg": "#fbfaf7",
    "surface": "#ffffff",
    "line": "#dedad1",
    "ink": "#1d1b18",
    "muted": "#5f5a52",
    "accent": "#1f5fbf",
    "accent_ink": "#ffffff",
    "good": "#16703f",
    "warn": "#9a5b00",
    "bad": "#b3261e",
}
"""Each name -> its colour on a light ground."""

DARK: Final = {
    "bg": "#14161a",
    "surface": "#1b1e24",
    "line": "#343a44",
    "ink": "#eceae6",
    "muted": "#a7a49d",
    "accent": "#7fb0ff",
    "accent_ink": "#0d1a2d",
    "good": "#5fd39a",
    "warn": "#f0b35a",
    "bad": "#ff8a80",
}
"""Each name -> its colour on a dark ground."""
