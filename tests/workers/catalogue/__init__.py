"""Tests of what is applied: changes of the catalogue."""
