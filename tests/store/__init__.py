"""The store against a real PostgreSQL: the schema, each room's queries, and the audit that must notice."""
