"""Contracts of statistics."""
