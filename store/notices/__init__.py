"""Stored: notices, their deliveries, and how accounts want to hear of them."""
