"""Why the record store cannot be used. Imports no database library, so anybody may catch these."""


class RecordsUnavailable(Exception):  # noqa: N818 - a state of the world
    """The record store cannot be used now. Says which database, why, and what to do: for whoever
    runs Standfast. Who asks over HTTP may be a stranger, and is told `TO_STRANGERS`.
    """


TO_STRANGERS = "the record store cannot be used just now; the server's log tells why"


class SchemaTooNew(RecordsUnavailable):
    """A newer Standfast has changed the tables; this one must not write to them."""


class UpgradeFailed(RecordsUnavailable):
    """A migration failed. The tables are as they were before."""


class BadDatabaseUrl(ValueError):  # noqa: N818
    """The record store's URL cannot be used at all; its text never holds the password."""
