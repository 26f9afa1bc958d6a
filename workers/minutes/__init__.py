"""Applied: packages, usages and the ledger."""
