"""Commands about subscriptions and auto top-up."""
