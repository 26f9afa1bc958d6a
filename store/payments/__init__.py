"""Stored: orders, refunds, disputes and webhooks."""
