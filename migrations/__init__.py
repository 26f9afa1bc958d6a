"""The schema's history, for alembic. Rules for a new step: docs/decisions/0005-migrations.md."""
