"""Tests of what is kept: orders, refunds, disputes and webhooks."""
