"""What decides about subscriptions."""
