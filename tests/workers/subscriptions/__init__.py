"""Subscriptions as workers apply them."""
