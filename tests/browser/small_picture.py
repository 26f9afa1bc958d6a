"""Photographs as small files: PNG with a palette of 255 colours at the most, made by the browser that took them."""

import base64
import struct
import zlib
from typing import Any

from playwright.sync_api import Page

# Colours that are often are kept as they are; each other one becomes the nearest of them.
_REDUCE = """
async (encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const drawing = canvas.getContext("2d");
  drawing.drawImage(bitmap, 0, 0);
  const data = new Uint32Array(drawing.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
  const often = new Map();
  for (const pixel of data) often.set(pixel, (often.get(pixel) ?? 0) + 1);
  const palette = [...often.entries()].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 64).map(([pixel]) => pixel);
  const nearest = new Map();
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const known = palette.map(parts);
  for (const pixel of often.keys()) {
    const [r, g, b] = parts(pixel);
    let best = 0, least = Infinity;
    known.forEach(([x, y, z], at) => {
      const far = (x - r) ** 2 + (y - g) ** 2 + (z - b) ** 2;
      if (far < least) [best, least] = [at, far];
    });
    nearest.set(pixel, best);
  }
  const indices = Uint8Array.from(data, (pixel) => nearest.get(pixel));
  let text = "";
  for (let at = 0; at < indices.length; at += 32768) text += String.fromCharCode(...indices.subarray(at, at + 32768));
  return { width: bitmap.width, height: bitmap.height, palette: known, indices: btoa(text) };
}
"""


def photograph(page: Page) -> bytes:
    """Return what a page's window shows, as a small PNG."""
    reduced = page.evaluate(_REDUCE, base64.b64encode(page.screenshot(animations="disabled")).decode())
    return write_png(reduced)


def write_png(reduced: dict[str, Any]) -> bytes:
    """Return a PNG of palette and indices."""
    width, height, indices = reduced["width"], reduced["height"], base64.b64decode(reduced["indices"])
    # Filter 0 in each line: what is flat is packed best as it is.
    lines = b"".join(b"\0" + indices[at : at + width] for at in range(0, width * height, width))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(part for colour in reduced["palette"] for part in colour)),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
