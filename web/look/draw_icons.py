"""
Draw the icons of the installed portal; `python -m web.look.draw_icons FOLDER` writes them.

The same picture as `static/icon.svg`, which phones do not take: a clock on a blue ground. Drawn here, so that no tool
is needed.
"""

import math
import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

GROUND, INK = (0x1F, 0x5F, 0xBF), (0xFF, 0xFF, 0xFF)
VIEW = 32.0
"""The side of the picture, in its own units."""

RING_RADIUS, STROKE = 9.0, 3.0
HANDS = ((16.0, 10.0, 16.0, 16.0), (16.0, 16.0, 20.0, 19.0))


@dataclass(frozen=True, slots=True)
class Icon:
    """
    A file of an icon: pixels of a side, the radius of its corners, and how much of the picture is shown.

    Systems cut a *maskable* one to a shape of their own, at the most a fifth from each side, so its picture is smaller.
    """

    name: str
    side: int
    corner: float
    scale: float


ICONS = (
    Icon("app-180.png", 180, 0.0, 1.0),
    Icon("app-192.png", 192, 8.0, 1.0),
    Icon("app-512.png", 512, 8.0, 1.0),
    Icon("app-maskable-512.png", 512, 0.0, 0.75),
)


def draw(icon: Icon) -> bytes:
    """Return an icon as the bytes of a PNG file."""
    rows = bytearray()
    unit = VIEW / icon.side
    for row in range(icon.side):
        rows.append(0)
        for column in range(icon.side):
            rows += _pixel((column + 0.5) * unit, (row + 0.5) * unit, unit, icon)
    return _png(icon.side, bytes(rows))


def _pixel(x: float, y: float, unit: float, icon: Icon) -> bytes:
    middle = VIEW / 2
    ground = _cover(_outside_square(x - middle, y - middle, icon.corner), unit)
    # The picture is drawn as it is; a smaller one is looked at from further away.
    at_x, at_y = middle + (x - middle) / icon.scale, middle + (y - middle) / icon.scale
    ring = abs(math.hypot(at_x - middle, at_y - middle) - RING_RADIUS) - STROKE / 2
    hands = min(_from_line(at_x, at_y, *hand) for hand in HANDS) - STROKE / 2
    ink = _cover(min(ring, hands) * icon.scale, unit)
    mixed = (round(paper + (line - paper) * ink) for paper, line in zip(GROUND, INK, strict=True))
    return bytes((*mixed, round(255 * ground)))


def _cover(distance: float, unit: float) -> float:
    """Return how much of a pixel is inside, by how far its middle is outside."""
    return min(1.0, max(0.0, 0.5 - distance / unit))


def _outside_square(x: float, y: float, corner: float) -> float:
    across, down = abs(x) - VIEW / 2 + corner, abs(y) - VIEW / 2 + corner
    return math.hypot(max(across, 0.0), max(down, 0.0)) + min(max(across, down), 0.0) - corner


def _from_line(x: float, y: float, x1: float, y1: float, x2: float, y2: float) -> float:
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / ((x2 - x1) ** 2 + (y2 - y1) ** 2)
    along = min(1.0, max(0.0, along))
    return math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))


def _png(side: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


if __name__ == "__main__":
    for each in ICONS:
        (Path(sys.argv[1]) / each.name).write_bytes(draw(each))
