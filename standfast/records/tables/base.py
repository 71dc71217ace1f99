"""What all tables share."""

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
)

LATEST_MIGRATION = "0025"
"""The migration that makes these tables."""


class Moment(TypeDecorator[datetime]):
    """A moment, kept in UTC and read back with its zone: SQLite itself keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData()

schema = Table("standfast_schema", metadata, Column("version", Integer, nullable=False))
"""One row: how versions before the migrations counted. By it they refuse what is newer."""
