"""Applied: orders, refunds, disputes and webhooks."""
