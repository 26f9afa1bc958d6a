"""Payments: what an order is, when money counts as paid, and what a refund takes back."""
