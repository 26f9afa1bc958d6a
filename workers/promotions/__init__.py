"""Applying promotions: codes, and minutes that are given."""
