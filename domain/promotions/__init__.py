"""Promotions: what a code is, what it takes off, and who may use it."""
