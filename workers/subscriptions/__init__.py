"""Applied: subscriptions, their renewals and changes."""
