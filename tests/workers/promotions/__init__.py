"""Tests of what is applied: codes, and minutes that are given."""
