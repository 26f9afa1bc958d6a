"""Stored: packages, usages and the ledger."""
