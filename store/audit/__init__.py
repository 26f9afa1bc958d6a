"""Checked: the invariants as SQL."""
