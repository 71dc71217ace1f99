"""The record store that the settings name."""

from typing import TYPE_CHECKING

from standfast.hosting.errors import BadSetting
from standfast.hosting.settings import Settings, variable
from standfast.records.errors import BadDatabaseUrl

if TYPE_CHECKING:
    from standfast.records.store import RecordStore


def open_records(settings: Settings) -> "RecordStore":
    """The record store; it connects when it is first used.

    Raises:
        BadSetting: its URL cannot be used at all.
    """
    # SQLAlchemy takes a tenth of a second to load, so only who opens the records does.
    from standfast.records.store import RecordStore

    try:
        return RecordStore(settings.records_url)
    except BadDatabaseUrl as error:
        raise BadSetting(f"{variable('database_url')}: {error}") from None


def shown_url(settings: Settings) -> str:
    """The record store's URL as it may be printed: without the password."""
    from sqlalchemy import make_url

    return make_url(settings.records_url).render_as_string(hide_password=True)
