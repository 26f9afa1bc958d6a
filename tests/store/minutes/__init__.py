"""Tests of what is kept: packages, usages and the ledger."""
