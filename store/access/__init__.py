"""Kept: accounts and who may see them."""
