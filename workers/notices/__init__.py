"""Applied: what is owed is written, sent and, where its reason is gone, dropped."""
