"""Stores: the PostgreSQL store. Takes and returns domain values; the only room that knows SQL."""
