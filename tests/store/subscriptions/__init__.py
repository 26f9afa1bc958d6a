"""Subscriptions in the store."""
