"""What the product's database holds, read from outside over one session that is replaced when it is lost."""

from typing import Any

import psycopg2
import psycopg2.extras
from psycopg2.extensions import connection

Row = dict[str, Any]


class Records:
    """A reader of one database, also after its server was away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: connection | None = None

    def rows(self, query: str, **values: Any) -> list[Row]:
        """
        Return the rows of a query, in which values are named as `%(name)s`.

        Raises:
            OperationalError: the server is away.
        """
        for is_last in (False, True):
            try:
                return self._ask(query, values)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self.close()
                if is_last:
                    raise
        raise AssertionError("never reached")

    def row(self, query: str, **values: Any) -> Row:
        """Return the one row of a query."""
        [row] = self.rows(query, **values)
        return row

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def _ask(self, query: str, values: Row) -> list[Row]:
        if self._session is None:
            self._session = psycopg2.connect(self._url)
            self._session.autocommit = True
        with self._session.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(query, values)
            return [dict(row) for row in cursor.fetchall()]
