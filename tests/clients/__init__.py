"""The clients that others install, against the real API."""
