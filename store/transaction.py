"""The transaction: the only commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from store.errors import translate_errors


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """
    Open a session and commit it when the block ends well; nothing else in the product commits.

    Raises:
        Conflict: a deadlock or a lock time-out; nothing was changed.
        Unavailable: the database cannot be reached; nothing was changed, or, if the connection was
            lost during the commit, it is unknown, and the inbox will tell.
    """
    with translate_errors(), Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()
