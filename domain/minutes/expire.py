"""Expiry: when the rest of an ended package is booked as expired."""

from datetime import datetime, timedelta

from domain.minutes.package import Package


def expiring_seconds(package: Package, *, now: datetime, late_window: timedelta) -> int:
    """
    Return the seconds that the sweep books as expired now.

    Nothing is booked until the late window after the package's end has closed: until
    then late usage may still burn what was live when it occurred.

    Returns:
        The left seconds, or 0 while the package or its late window is still open.

    Source: domain/minutes/README.md, "Expiry".
    """
    if package.expires_at is None or now - package.expires_at <= late_window:
        return 0
    return package.left_seconds
