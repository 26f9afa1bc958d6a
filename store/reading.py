"""Reading sessions: nothing is written, all of it as of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from store.errors import translate_errors


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that only reads, all of it as of one moment."""
    with translate_errors(), Session(engine) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
        session.rollback()
