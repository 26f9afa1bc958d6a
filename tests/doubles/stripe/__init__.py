"""A stand-in for Stripe on 127.0.0.1."""
