"""Tests of what is stored: what is on offer."""
