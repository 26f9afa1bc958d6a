"""Subscriptions: what is paid again every period, and what happens when it is not."""
