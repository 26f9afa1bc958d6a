"""Tests of what is kept: what is on offer."""
