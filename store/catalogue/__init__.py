"""Kept: what is on offer."""
