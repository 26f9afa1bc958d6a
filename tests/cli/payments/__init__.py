"""Tests of commands: orders, refunds, disputes and webhooks."""
