"""Stored: subscriptions."""
