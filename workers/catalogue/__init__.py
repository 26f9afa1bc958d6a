"""Applied: what is on offer."""
