"""Stripe's adapter against our stand-in for Stripe, over real HTTP and with the real SDK."""
