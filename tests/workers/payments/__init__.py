"""Tests of what is applied: orders, refunds, disputes and webhooks."""
