"""A year of subscriptions on the test clock, during which everything fails that can."""
