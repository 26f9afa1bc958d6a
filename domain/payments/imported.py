"""Imported purchases: what is left of minutes that were bought several times and counted in one sum."""

from collections.abc import Sequence


def left_of_each(granted_seconds: Sequence[int], left_seconds: int) -> tuple[tuple[int, ...], int]:
    """
    Share what is left among purchases, as if the oldest had been used first.

    Args:
        granted_seconds: of each purchase, the oldest first; each > 0.
        left_seconds: of all of them together, >= 0.

    Returns:
        What is left of each, in the same order, and what is left beyond all of them.
    """
    shares = []
    for granted in reversed(granted_seconds):
        share = min(granted, left_seconds)
        shares.append(share)
        left_seconds -= share
    return tuple(reversed(shares)), left_seconds
