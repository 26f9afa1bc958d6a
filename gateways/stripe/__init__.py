"""Stripe: its API in our words, and its webhooks."""
