"""Tests of what is kept: the invariants."""
