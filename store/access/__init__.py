"""Stored: accounts and who may see them."""
