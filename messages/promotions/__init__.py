"""Contracts of the capability `promotions`."""
