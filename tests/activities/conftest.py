"""The databases that activities keep records in."""

from tests.records.conftest import postgresql, store, url

__all__ = ["postgresql", "store", "url"]
