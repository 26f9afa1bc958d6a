"""Tests of what is stored: orders, refunds, disputes and webhooks."""
