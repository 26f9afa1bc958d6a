"""Stored: promotions, their codes and what became of them."""
