"""The whole web process: API, pages and mail."""

from tests.api.conftest import api
from tests.mail.conftest import ids, server

__all__ = ["api", "ids", "server"]
