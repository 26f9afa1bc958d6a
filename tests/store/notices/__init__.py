"""Notices in the store."""
