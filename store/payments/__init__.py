"""Kept: orders, refunds, disputes and webhooks."""
