"""Kept: packages, usages and the ledger."""
