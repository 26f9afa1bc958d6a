"""The schema: bring it up to date, and check whether it is."""

import threading
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from store.engine import open_engine
from store.errors import translate_errors

LOCK_TIMEOUT_MS = 5_000
"""A step that waits for a lock holds up every query behind it; better it fails and is run again."""

_ONE_THREAD = threading.Lock()
"""alembic keeps its context in the process; the turns between processes are taken in migrations/env.py."""


def migrate(url: str, *, revision: str = "head") -> None:
    """
    Bring the schema up to a revision; harmless when it is there already.

    Several hosts may call this at once; they take turns.

    A schema that is newer than this program is left alone: a step only ever adds what the release before it
    does without, so the older program goes on working.

    Args:
        url: `postgresql://…` of a role that may create tables.
        revision: an alembic revision, `head` for the newest.

    Raises:
        Unavailable: the database cannot be reached, or another runner held the turn for too long.
    """
    engine = open_engine(url, statement_timeout_ms=600_000, lock_timeout_ms=LOCK_TIMEOUT_MS)
    try:
        with translate_errors(), engine.connect() as connection:
            if is_newer(connection):
                return
            config = _config()
            config.attributes["connection"] = connection
            with _ONE_THREAD:
                command.upgrade(config, revision)
    finally:
        engine.dispose()


def is_newer(connection: Connection) -> bool:
    """Tell whether the schema is at a revision that this program does not know: a later release was here."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return current is not None and current not in known


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """Return the schema's revision and the newest one that this program knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision(), head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.set_main_option("path_separator", "os")
    return config
