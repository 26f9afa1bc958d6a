"""Drawings that a telephone reads, as rows of cells that are black or not."""

import segno


def drawing_of(address: str) -> list[list[bool]]:
    """Return the QR code of an address, with its white border."""
    drawing = segno.make(address, micro=False)
    return [[bool(cell) for cell in row] for row in drawing.matrix_iter(border=2)]
