"""Tests of what is applied: packages, usages and the ledger."""
