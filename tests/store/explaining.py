"""How PostgreSQL would answer a query."""

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql

from store.engine import Session


def explained(session: Session, query: Executable) -> str:
    """Return the plan of a query, with its values written into it as the driver does."""
    compiled = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    rows = session.connection().exec_driver_sql(f"EXPLAIN {compiled}")
    return "\n".join(row[0] for row in rows)
