"""The connection that every query of the house goes through: Django's, checked by a look, its moments read in C.

Django looks for a module of this name in the package that `ENGINE` names.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.types.datetime import TimestamptzLoader


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection, which must run in UTC (`TIME_ZONE`): only there may the driver read moments by itself."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and let the driver's own code read moments.

        Django's reads them in Python, to put them into a zone: half of what a page of fifty rows costs to fetch.
        """
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("timestamptz", TimestamptzLoader)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that puts values into the text; a named one keeps its rows at the server."""
        if name is None:
            return self.connection.cursor()
        held = self.connection.autocommit
        cursor: Any = base.ServerSideCursor  # Which the stubs do not know.
        return cursor(self.connection, name=name, scrollable=False, withhold=held)

    def is_usable(self) -> bool:
        """Return whether the server still listens, asking it only when it has said something by itself.

        It hangs up, or says why it will, before it goes away: that can be seen without the question that Django
        asks at the beginning of each request.
        """
        if self.connection is None or self.connection.closed:
            return False
        heard = select.poll()
        heard.register(self.connection.fileno(), select.POLLIN)
        return not heard.poll(0) or super().is_usable()
