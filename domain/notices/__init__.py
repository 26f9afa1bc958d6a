"""Notices: what accounts are to hear of, once, and when."""
