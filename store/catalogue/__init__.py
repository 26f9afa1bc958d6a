"""Stored: what is on offer."""
