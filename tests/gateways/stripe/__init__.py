"""Stripe's adapter against our double for Stripe, over real HTTP and with the real SDK."""
