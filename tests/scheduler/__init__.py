"""The scheduler against a real PostgreSQL: one reminder for each tick, however many remind."""
