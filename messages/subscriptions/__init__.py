"""Messages about subscriptions."""
