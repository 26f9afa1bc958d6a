"""Kept: the invariants."""
