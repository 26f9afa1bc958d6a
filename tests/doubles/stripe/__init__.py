"""A double of Stripe on 127.0.0.1."""
