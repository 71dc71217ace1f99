"""The databases that activities keep records in."""

from tests.records.conftest import prepared_schemas, store, url

__all__ = ["prepared_schemas", "store", "url"]
