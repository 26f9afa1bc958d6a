"""Catalogue: what is on offer, for how much, and for how long."""
