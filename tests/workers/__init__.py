"""The workers against a real PostgreSQL: what a message does, once, whatever happens."""
