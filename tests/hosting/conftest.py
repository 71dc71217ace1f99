"""The application, for what of it is written down."""

from tests.api.conftest import api

__all__ = ["api"]
