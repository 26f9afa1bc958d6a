"""Contracts of the capability `catalogue`."""
